package org.zolab.samples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.jetbrains.kotlinx.dl.api.core.Sequential;
import org.jetbrains.kotlinx.dl.api.core.layer.Layer;
import org.jetbrains.kotlinx.dl.api.core.layer.TrainableLayerKt;
import org.jetbrains.kotlinx.dl.api.core.layer.WeightsKt;
import org.jetbrains.kotlinx.dl.api.core.layer.core.Input;
import org.jetbrains.kotlinx.dl.dataset.OnHeapDataset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tensorflow.TensorFlow;
import org.zolab.dsl.KotlinDlNetwork;
import org.zolab.dsl.ZoException;
import org.zolab.train.Outcome;
import org.zolab.train.Run;

/** The DSL's adapter of KotlinDL; it stands here, since only the samples bring TensorFlow's natives. */
class KotlinDlTest {

    private static final OnHeapDataset DATA = KotlinDlKt.spirals(20, 1);

    private Sequential model;

    @BeforeAll
    static void natives() {
        try {
            System.out.println("TensorFlow " + TensorFlow.version() + " loads");
        } catch (LinkageError e) {
            String why = "TensorFlow 1.15, which KotlinDL computes with, has no natives for this machine: " + e;
            System.out.println(why);
            Assumptions.abort(why);
        }
    }

    @BeforeEach
    void make() {
        model = KotlinDlKt.network();
    }

    @AfterEach
    void close() {
        model.close();
    }

    /** What KotlinDL itself says of the weights as they are. */
    private double loss() {
        return model.evaluate(DATA, DATA.xSize(), List.of()).getLossValue();
    }

    private Object[] tensor(int layer, int which) {
        return WeightsKt.getWeights(model.getLayers().get(layer)).values().toArray(Object[][]::new)[which];
    }

    @Test
    void theBestWeightsAreLeftInTheNetworkAndTheirLossIsTheOneItComputes() {
        double before = loss();
        Run run = KotlinDlKt.train(model, DATA, 100);
        assertThat(run.outcome()).isEqualTo(new Outcome.Completed());
        assertThat(run.forwards()).isEqualTo(500);
        assertThat(run.dev().get(0).loss()).isEqualTo(before);
        assertThat(run.best().orElseThrow().loss()).isLessThan(0.9 * before).isEqualTo(loss());
    }

    @Test
    void weightsLieTensorByTensorInRowsAndComeBackAsTheyWere() {
        KotlinDlNetwork network = new KotlinDlNetwork(model, DATA, "spirals");
        double before = loss();
        float[] start = network.getWeights();
        float[] counted = new float[2 * 16 + 16 + 16 * 16 + 16 + 16 * 3 + 3];
        assertThat(start).hasSameSizeAs(counted);
        for (int i = 0; i < counted.length; i++) {
            counted[i] = i;
        }
        network.setWeights(counted);
        assertThat(network.getWeights()).containsExactly(counted);
        assertThat(((float[][]) tensor(1, 0))[1][15]).isEqualTo(31);
        assertThat(tensor(1, 1)).startsWith(32f).endsWith(47f);
        assertThat(((float[][]) tensor(2, 0))[0][0]).isEqualTo(48);
        assertThat(((float[][]) tensor(3, 0))[15][2]).isEqualTo(367);
        assertThat(tensor(3, 1)).containsExactly(368f, 369f, 370f);
        network.setWeights(start);
        assertThat(loss()).isEqualTo(before);
    }

    @Test
    void whatIsFrozenStays() {
        for (Layer layer : model.getLayers().subList(1, 3)) {
            TrainableLayerKt.freeze(layer);
        }
        KotlinDlNetwork network = new KotlinDlNetwork(model, DATA, "spirals");
        float[][] frozen = (float[][]) tensor(1, 0);
        assertThat(network.getWeights()).hasSize(16 * 3 + 3);
        network.setWeights(new float[16 * 3 + 3]);
        assertThat((float[][]) tensor(1, 0)).isDeepEqualTo(frozen);
        assertThat((float[][]) tensor(3, 0)).isDeepEqualTo(new float[16][3]);
        assertThat(loss()).isEqualTo((float) Math.log(3));
    }

    @Test
    void misuseIsTold() {
        assertThatThrownBy(() -> new KotlinDlNetwork(model, DATA, "spirals").setWeights(new float[3]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("weights are not 371: 3");
        model.getLayers().forEach(TrainableLayerKt::freeze);
        assertThatThrownBy(() -> new KotlinDlNetwork(model, DATA, "spirals"))
                .isInstanceOf(ZoException.class)
                .hasMessage("model has no layer that is trainable: unfreeze one");
        try (Sequential raw = Sequential.of(List.of(new Input(new long[] {2}, "points")), true)) {
            assertThatThrownBy(() -> new KotlinDlNetwork(raw, DATA, "spirals"))
                    .isInstanceOf(ZoException.class)
                    .hasMessage("model is not initialised: compile it and call model.init()");
        }
    }
}
