package org.zolab.cli;

import org.zolab.space.Precision;
import org.zolab.tensor.Device;
import picocli.CommandLine;

/** The model that a command takes steps of, and where it computes. */
final class BenchModelOptions {

    @CommandLine.Option(
            names = "--shape",
            defaultValue = "opt-125m",
            description = "opt-125m, opt-1.3b, nano, or HEADSxLAYERS of heads of 64 numbers; default: ${DEFAULT-VALUE}")
    private String shape = "";

    @CommandLine.Option(
            names = "--batch",
            defaultValue = "16x40",
            description = "ROWSxTOKENS; default: ${DEFAULT-VALUE}")
    private String batch = "";

    @CommandLine.Option(
            names = "--precision",
            defaultValue = "fp32",
            description = "of our products: ${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}")
    private Precision precision = Precision.FP32;

    @CommandLine.Option(
            names = "--theta",
            defaultValue = "fp32",
            description = "of our weights: ${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}")
    private Precision theta = Precision.FP32;

    @CommandLine.Mixin
    private final DeviceOption on = new DeviceOption();

    /** The model; close it. */
    BenchModel model() {
        return new BenchModel(shape, batch, precision, theta, on.device());
    }

    /** Of products. */
    Precision precision() {
        return precision;
    }

    Device device() {
        return on.device();
    }
}
