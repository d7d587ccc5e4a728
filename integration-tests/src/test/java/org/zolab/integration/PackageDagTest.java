package org.zolab.integration;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The packages form a DAG, and each names here what it may know. */
class PackageDagTest {

    private static final JavaClasses ALL = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("org.zolab");

    private static final Map<String, Set<String>> MAY_KNOW = new LinkedHashMap<>();

    static {
        MAY_KNOW.put("space", Set.of());
        MAY_KNOW.put("probe", Set.of("space"));
        MAY_KNOW.put("sampler", Set.of("space", "probe", "model.weights"));
        MAY_KNOW.put("estimator", Set.of("space", "probe"));
        MAY_KNOW.put("update", Set.of("space", "probe"));
        MAY_KNOW.put("tensor", Set.of("space"));
        MAY_KNOW.put("task", Set.of("space"));
        MAY_KNOW.put("model", Set.of("space", "tensor"));
        MAY_KNOW.put("objective", Set.of("space", "probe", "tensor", "task", "model"));
        Set<String> parts = Set.copyOf(MAY_KNOW.keySet());
        MAY_KNOW.put("ledger", parts);
        MAY_KNOW.put("diagnose", parts);
        MAY_KNOW.put(
                "train",
                Stream.concat(parts.stream(), Stream.of("ledger", "diagnose"))
                        .collect(java.util.stream.Collectors.toSet()));
    }

    @TestFactory
    Stream<DynamicTest> eachPackageKnowsOnlyWhatIsBelowIt() {
        return MAY_KNOW.entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(entry.getKey(), () -> {
                    String[] known = Stream.concat(Stream.of(entry.getKey()), entry.getValue().stream())
                            .map(name -> "org.zolab." + name + "..")
                            .toArray(String[]::new);
                    noClasses()
                            .that()
                            .resideInAPackage("org.zolab." + entry.getKey() + "..")
                            .should()
                            .dependOnClassesThat(describe(
                                    "are ZoLab's and not below it",
                                    c -> c.getPackageName().startsWith("org.zolab.")
                                            && !resideInAnyPackage(known).test(c)))
                            .check(ALL);
                }));
    }

    @Test
    void noPackagesKnowEachOther() {
        slices().matching("org.zolab.(*)..").should().beFreeOfCycles().check(ALL);
    }

    @Test
    void onlyTheTensorPackageKnowsPyTorch() {
        noClasses()
                .that()
                .resideInAPackage("org.zolab..")
                .and()
                .resideOutsideOfPackage("org.zolab.tensor..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("ai.djl.pytorch..")
                .check(ALL);
    }

    @Test
    void onlyTheModelPackageKnowsTheTokenizers() {
        noClasses()
                .that()
                .resideOutsideOfPackages("org.zolab.model..", "org.zolab.samples..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("ai.djl.huggingface..")
                .check(ALL);
    }

    @Test
    void onlyOneClassKnowsDuckDb() {
        noClasses()
                .that()
                .haveNameNotMatching("org\\.zolab\\.task\\.data\\.Table(\\$.*)?")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.duckdb..", "java.sql..")
                .check(ALL);
    }

    @Test
    void theSpaceAndTheDslKnowNothingOfDjl() {
        noClasses()
                .that()
                .resideInAnyPackage("org.zolab.space..", "org.zolab.dsl..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("ai.djl..")
                .check(ALL);
    }

    @Test
    void nothingConcreteOfTheEngineCanBeSubclassed() {
        classes()
                .that(describe("are written as classes", c -> !c.isInterface() && !c.isEnum() && !c.isAnonymousClass()))
                .and()
                .resideOutsideOfPackages("org.zolab.dsl..", "org.zolab.samples..")
                .and()
                .doNotHaveModifier(JavaModifier.ABSTRACT)
                .should()
                .haveModifier(JavaModifier.FINAL)
                .check(ALL);
    }

    @Test
    void sawTheClassesItSpeaksAbout() {
        assertThat(ALL.stream().map(PackageDagTest::part).distinct())
                .containsAll(MAY_KNOW.keySet())
                .contains("dsl", "samples", "cli");
        assertThat(ALL).hasSizeGreaterThan(100);
    }

    private static String part(JavaClass type) {
        return type.getPackageName().replaceFirst("^org\\.zolab\\.?", "").replaceFirst("\\..*", "");
    }
}
