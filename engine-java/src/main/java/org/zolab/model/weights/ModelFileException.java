package org.zolab.model.weights;

import org.jspecify.annotations.Nullable;

/**
 * A model file that is missing, damaged, hostile, or of another model.
 *
 * <p>The message names the file, says what is wrong with the value found, and what to do next. Reading a model's files throws no other
 * exception, whatever the files hold.
 */
public final class ModelFileException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    public ModelFileException(String message) {
        super(message);
    }

    public ModelFileException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
