package org.zolab.task;

/** A part of a task's examples: TRAIN is learned from, DEV chooses settings and checkpoints, TEST is reported and chooses nothing. */
public enum Split {
    TRAIN,
    DEV,
    TEST
}
