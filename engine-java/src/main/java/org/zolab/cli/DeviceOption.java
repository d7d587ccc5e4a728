package org.zolab.cli;

import org.zolab.tensor.Device;
import picocli.CommandLine;

/** Where a command computes. */
final class DeviceOption {

    @CommandLine.Option(
            names = "--device",
            defaultValue = "cpu",
            description = "cpu, or gpu:0; default: ${DEFAULT-VALUE}")
    private Device device = Device.CPU;

    Device device() {
        return device;
    }
}
