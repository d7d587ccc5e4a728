package org.zolab.model.weights;

/** Checks and messages common to both kinds of places for files. */
final class PlainName {

    private PlainName() {}

    /** The name itself, if it names a file in the same folder rather than a path out of it. */
    static String of(String name) {
        boolean plain = !name.isEmpty() && name.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ');
        if (!plain || name.equals(".") || name.equals("..")) {
            throw new ModelFileException(
                    "file name is not a plain name: \"" + name + "\"; a model's files lie side by side in one folder");
        }
        return name;
    }

    static ModelFileException missing(String where) {
        return new ModelFileException("file does not exist: " + where + "; copy or download the whole model folder");
    }

    static ModelFileException ends(String where, long offset, long length, long size) {
        return new ModelFileException(where + " ends too early: bytes " + offset + " to " + (offset + length)
                + " are needed, it has " + size + "; copy or download it again");
    }
}
