package org.zolab.samples;

import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;
import org.zolab.diagnose.Median;
import org.zolab.estimator.LeaveOneOut;
import org.zolab.model.families.Models;
import org.zolab.train.Event;
import org.zolab.train.FineTuner;
import org.zolab.train.Method;
import org.zolab.train.Plan;
import org.zolab.train.Run;

/**
 * The README's figures of the embedded task: MeZO, LDSD and leave-one-out over MeZO's directions at the quickstart's budget of forward
 * passes, three seeds each, settings as chosen on dev, the checkpoint of the lowest dev loss, test looked at before the first step and once
 * after.
 *
 * <p>Run: {@code mvn -q -pl samples -am -P sample -Dsample=QuickstartNumbers -DskipTests verify}; about fifteen minutes on two cores.
 */
public final class QuickstartNumbers {

    private static final int FORWARDS = 2000;

    private QuickstartNumbers() {}

    /** Prints a line for each run and a line with the medians of each method. */
    public static void main(String... arguments) {
        for (Method method : List.of(Method.mezo(), Method.ldsd(1e-3), leaveOneOut())) {
            report(LongStream.of(1, 2, 3)
                    .mapToObj(seed -> run(method, seed, FORWARDS))
                    .toList());
        }
    }

    /** MeZO's directions, five a step, each compared with the others; its estimates are better, so its steps may be longer. */
    private static Method leaveOneOut() {
        Method mezo = Method.mezo();
        return new Method(
                "leave-one-out",
                mezo.sampler(),
                epsilon -> new LeaveOneOut(5, epsilon),
                mezo.rule(),
                4 * mezo.learningRate(),
                mezo.epsilon());
    }

    static Run run(Method method, long seed, int forwards) {
        int perStep = method.estimator().apply(method.epsilon()).forwards();
        Run run = new FineTuner(Plan.builder()
                        .model(Models.opt("nano"))
                        .method(method)
                        .steps(forwards / perStep)
                        .seed(seed)
                        .build())
                .run(event -> {});
        System.out.println("seed " + seed + ", " + run.summary());
        return run;
    }

    static void report(List<Run> runs) {
        System.out.printf(
                Locale.ROOT,
                "%s, medians of %d seeds: dev %.1f %%, test %.1f %% (zero-shot %.1f %%), %.0f s%n",
                runs.get(0).plan().name(),
                runs.size(),
                100
                        * Median.of(runs.stream().mapToDouble(run -> run.best()
                                .map(Event.Evaluated::accuracy)
                                .orElseThrow())),
                100
                        * Median.of(runs.stream().mapToDouble(run -> run.test()
                                .map(Event.Evaluated::accuracy)
                                .orElseThrow())),
                100
                        * Median.of(runs.stream().mapToDouble(run -> run.zeroShot()
                                .map(Event.Evaluated::accuracy)
                                .orElseThrow())),
                Median.of(runs.stream().mapToDouble(Run::seconds)));
    }
}
