package org.zolab.samples;

import java.util.Locale;
import org.zolab.model.families.Models;
import org.zolab.task.Apidocs;
import org.zolab.train.Event;
import org.zolab.train.FineTuner;
import org.zolab.train.Method;
import org.zolab.train.Plan;
import org.zolab.train.Run;

/**
 * Fine-tunes the embedded model on the embedded task from Java, with forward passes only.
 *
 * <p>Run: {@code mvn -q -pl samples -am -P sample -Dsample=FineTuneFromJava -DskipTests verify}; arguments, the method (mezo or ldsd) and
 * how many steps, by {@code -Dargs="ldsd 300"}.
 */
public final class FineTuneFromJava {

    private FineTuneFromJava() {}

    /** {@code mezo} or {@code ldsd}, and how many steps. */
    public static void main(String... arguments) {
        String name = arguments.length > 0 ? arguments[0] : "mezo";
        int steps = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 200;
        System.out.println(run(name, steps).summary());
    }

    static Run run(String name, int steps) {
        Method method = name.equals("ldsd") ? Method.ldsd(1e-3) : Method.mezo();
        Plan plan = Plan.builder()
                .model(Models.opt("nano"))
                .method(method)
                .task(Apidocs.task())
                .steps(steps)
                .build();
        Run run = new FineTuner(plan).run(event -> {
            if (event instanceof Event.Evaluated at) {
                System.out.printf(
                        Locale.ROOT,
                        "%s, step %d: loss %.3f, accuracy %.1f %%%n",
                        at.split(),
                        at.step(),
                        at.loss(),
                        100 * at.accuracy());
            }
        });
        return run;
    }
}
