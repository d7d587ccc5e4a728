package org.zolab.integration;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The public surface of a module is a text file, so that a change of it is seen in review.
 *
 * <p>Written anew by this test with {@code -Dapi.write=true}; a failure tells the lines that differ and the whole command. It shows what the
 * JVM sees, so that Kotlin's internal classes are in it.
 */
class ApiSurfaceTest {

    private static final Path FOLDER = Path.of(System.getProperty("zo.root"), "integration-tests", "api");

    @ParameterizedTest
    @CsvSource({"engine-java, false", "dsl, true"})
    void isTheOneWrittenDown(String module, boolean dsl) throws IOException {
        Predicate<JavaClass> mine = c -> c.getPackageName().startsWith("org.zolab.dsl") == dsl
                && !c.getPackageName().startsWith("org.zolab.samples");
        String surface = surface(mine);
        assertThat(surface.lines().filter(line -> !line.startsWith(" ")).count())
                .as("types seen in %s", module)
                .isGreaterThan(5);
        Path file = FOLDER.resolve(module + ".txt");
        if (Boolean.getBoolean("api.write")) {
            Files.createDirectories(FOLDER);
            Files.writeString(file, surface);
        }
        assertThat(file)
                .as(
                        "public surface of %s; where the change is meant, write it anew and commit it: mvn -q test -pl integration-tests -am"
                                + " -Dtest=ApiSurfaceTest -Dapi.write=true -Dsurefire.failIfNoSpecifiedTests=false",
                        module)
                .hasContent(surface);
    }

    private static String surface(Predicate<JavaClass> mine) {
        return new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages("org.zolab").stream()
                        .filter(mine)
                        .map(JavaClass::reflect)
                        .filter(ApiSurfaceTest::visible)
                        .map(ApiSurfaceTest::describe)
                        .sorted()
                        .collect(joining("\n"));
    }

    private static boolean visible(Class<?> type) {
        return !type.isSynthetic()
                && !type.isAnonymousClass()
                && Modifier.isPublic(type.getModifiers())
                && (type.getEnclosingClass() == null || visible(type.getEnclosingClass()));
    }

    private static String describe(Class<?> type) {
        List<String> lines = new ArrayList<>();
        for (Field field : type.getDeclaredFields()) {
            if (shown(field.getModifiers(), field.getName(), field.isSynthetic())) {
                lines.add(modifiers(field.getModifiers()) + name(field.getGenericType()) + " " + field.getName());
            }
        }
        for (Constructor<?> constructor : type.getDeclaredConstructors()) {
            if (shown(constructor.getModifiers(), "", constructor.isSynthetic()) && !canonical(type, constructor)) {
                lines.add("new(" + parameters(constructor) + ")");
            }
        }
        for (Method method : type.getDeclaredMethods()) {
            if (shown(method.getModifiers(), method.getName(), method.isSynthetic()) && !implied(type, method)) {
                lines.add((method.isDefault() ? "default " : modifiers(method.getModifiers()))
                        + name(method.getGenericReturnType()) + " " + method.getName() + "(" + parameters(method)
                        + ")");
            }
        }
        return head(type) + "\n"
                + lines.stream().sorted().map(line -> "    " + line + "\n").collect(joining());
    }

    private static String head(Class<?> type) {
        String kind = type.isAnnotation()
                ? "annotation"
                : type.isInterface() ? "interface" : type.isEnum() ? "enum" : type.isRecord() ? "record" : "class";
        String components = type.isRecord()
                ? Arrays.stream(type.getRecordComponents())
                        .map(c -> name(c.getGenericType()) + " " + c.getName())
                        .collect(joining(", ", "(", ")"))
                : "";
        String above = Stream.concat(
                        Stream.ofNullable(type.getGenericSuperclass()), Arrays.stream(type.getGenericInterfaces()))
                .map(ApiSurfaceTest::name)
                .filter(name ->
                        !Set.of("Object", "Record", "annotation.Annotation").contains(name))
                .filter(name -> !name.startsWith("Enum<"))
                .collect(joining(", "));
        return (type.isSealed() ? "sealed " : "") + kind + " " + type.getName() + components
                + (above.isEmpty() ? "" : " : " + above);
    }

    /** Public or protected, and not one of the names that the Kotlin compiler makes for what is internal. */
    private static boolean shown(int modifiers, String name, boolean synthetic) {
        return !synthetic && (Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers)) && !name.contains("$");
    }

    private static boolean canonical(Class<?> type, Constructor<?> constructor) {
        return type.isRecord()
                && Arrays.equals(
                        constructor.getParameterTypes(),
                        Arrays.stream(type.getRecordComponents())
                                .map(RecordComponent::getType)
                                .toArray());
    }

    private static boolean implied(Class<?> type, Method method) {
        return type.isRecord()
                        && (Set.of("equals", "hashCode", "toString").contains(method.getName())
                                || Arrays.stream(type.getRecordComponents())
                                        .anyMatch(c -> method.equals(c.getAccessor())))
                || type.isEnum() && Set.of("values", "valueOf").contains(method.getName());
    }

    private static String modifiers(int modifiers) {
        return (Modifier.isProtected(modifiers) ? "protected " : "") + (Modifier.isStatic(modifiers) ? "static " : "");
    }

    private static String parameters(Executable executable) {
        return Arrays.stream(executable.getParameters())
                .map(Parameter::getParameterizedType)
                .map(ApiSurfaceTest::name)
                .collect(joining(", "));
    }

    private static String name(Type type) {
        return type.getTypeName()
                .replaceAll("\\bjava\\.(lang|util)\\.(?=[A-Z])", "")
                .replace("java.lang.", "");
    }
}
