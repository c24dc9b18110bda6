package io.headgate;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.onlyDependOnClassesThat;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import io.headgate.admission.AgentGate;
import io.headgate.admission.Carried;
import io.headgate.admission.Earlier;
import io.headgate.admission.Gate;
import io.headgate.admission.JobAccount;
import io.headgate.admission.LevelWord;
import io.headgate.admission.Reservation;
import io.headgate.admission.TakenAgain;
import io.headgate.admission.TargetGate;
import io.headgate.admission.Trial;
import io.headgate.engine.Engine;
import io.headgate.runtime.LiveHeadgate;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.instruction.MonitorInstruction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the byte code of core must never do: which way dependencies point, what the engine is. */
@Timeout(60)
class ArchitectureTest {
  private static final String API = "io.headgate";
  private static final String ADMISSION = "io.headgate.admission..";
  private static final String ENGINE = "io.headgate.engine..";
  private static final String RECOVERY = "io.headgate.recovery..";
  private static final String RUNTIME = "io.headgate.runtime..";
  private static final String SIMULATION = "io.headgate.simulation..";

  private static final JavaClasses CORE = importCore();

  /** All that the engine may use of the world outside Headgate. */
  private static final Set<String> ENGINE_MAY_USE =
      Set.of(
          "java.lang.AssertionError",
          "java.lang.Class",
          "java.lang.Enum",
          "java.lang.IllegalStateException",
          "java.lang.Integer",
          "java.lang.Long",
          "java.lang.Math",
          "java.lang.MatchException",
          "java.lang.NoSuchFieldError",
          "java.lang.Object",
          "java.lang.Record",
          "java.lang.StrictMath",
          "java.lang.String",
          "java.lang.SuppressWarnings",
          "java.lang.System",
          "java.lang.Throwable",
          "java.lang.invoke.LambdaMetafactory",
          "java.lang.runtime.ObjectMethods",
          "java.lang.runtime.SwitchBootstraps",
          "java.time.Duration",
          "java.util.ArrayList",
          "java.util.Arrays",
          "java.util.List",
          "java.util.Objects",
          "java.util.Set",
          "java.util.function.BiConsumer",
          "org.agrona.collections.Long2ObjectHashMap",
          "org.jspecify.annotations.NullMarked",
          "org.jspecify.annotations.Nullable");

  /** What of a hash map has no order. */
  private static final Set<String> LOOKUPS =
      Set.of("<init>", "get", "put", "remove", "containsKey", "size", "isEmpty", "clear");

  /** Arithmetic that the language defines to the bit. */
  private static final Set<String> EXACT_MATH =
      Set.of(
          "abs",
          "min",
          "max",
          "clamp",
          "floorDiv",
          "unsignedMultiplyHigh",
          "floorMod",
          "ceilDiv",
          "addExact",
          "subtractExact",
          "multiplyExact",
          "multiplyHigh",
          "toIntExact",
          "round",
          "sqrt");

  /** Of admission's types, what never changes while the engine can see them. */
  private static final Set<String> IMMUTABLE_OF_GATES = Set.of("index", "id");

  private static final Set<String> IMMUTABLE_OF_ACCOUNTS =
      Set.of(
          "carried",
          "index",
          "parent",
          "deadlineNs",
          "carvedTokens",
          "carvedMoneyNanos",
          "first",
          "step");

  private static JavaClasses importCore() {
    // The names of others' classes are enough, and reading half the JDK takes its time.
    ArchConfiguration.get().setResolveMissingDependenciesFromClassPath(false);
    return new ClassFileImporter()
        .withImportOption(location -> !location.contains("/test-classes/"))
        .importPackages("io.headgate");
  }

  // ---- which way dependencies point

  @Test
  void thereIsSomethingToCheck() {
    assertThat(CORE.stream().map(JavaClass::getPackageName).collect(toSet()))
        .contains(
            "io.headgate", "io.headgate.admission", "io.headgate.engine", "io.headgate.runtime");
    assertThat(CORE.contain(Engine.class)).isTrue();
    assertThat(CORE.contain(ArchitectureTest.class)).isFalse();
  }

  @Test
  void theApiDependsOnNothingButForTheOneFactory() {
    classes()
        .that()
        .resideInAPackage(API)
        .should(
            new ArchCondition<>("not depend on what is inside, but for the factory") {
              @Override
              public void check(JavaClass item, ConditionEvents events) {
                item.getDirectDependenciesFromSelf().stream()
                    .filter(
                        d ->
                            d.getTargetClass()
                                .getBaseComponentType()
                                .getPackageName()
                                .startsWith("io.headgate."))
                    .filter(
                        d ->
                            !(item.isEquivalentTo(Headgate.Builder.class)
                                && d.getTargetClass().isEquivalentTo(LiveHeadgate.class)
                                && d.getDescription().contains("Builder.build()")
                                && d.getDescription().contains("LiveHeadgate.start(")))
                    .forEach(d -> events.add(SimpleConditionEvent.violated(d, d.getDescription())));
              }
            })
        .check(CORE);
  }

  @Test
  void admissionDependsOnTheApiAlone() {
    mayUse(ADMISSION, API);
  }

  @Test
  void theEngineDependsOnTheApiAndAdmissionAlone() {
    mayUse(ENGINE, API, ADMISSION);
  }

  @Test
  void theRuntimeDoesNotDependOnTheSimulation() {
    mayUse(RUNTIME, API, ADMISSION, ENGINE, RECOVERY);
  }

  @Test
  void theSimulationNeverDependsOnTheRuntime() {
    mayUse(SIMULATION, API, ADMISSION, ENGINE, RECOVERY);
  }

  @Test
  void recoveryDependsOnTheEngineAlone() {
    mayUse(RECOVERY, API, ADMISSION, ENGINE);
  }

  private static void mayUse(String from, String... others) {
    noClasses()
        .that()
        .resideInAPackage(from)
        .should()
        .dependOnClassesThat(
            resideInAPackage("io.headgate..")
                .and(not(resideInAnyPackage(others)))
                .and(not(resideInAPackage(from))))
        .allowEmptyShould(true)
        .check(CORE);
  }

  @Test
  void thereIsNoCycleBetweenPackages() {
    slices()
        .assignedFrom(
            new SliceAssignment() {
              @Override
              public SliceIdentifier getIdentifierOf(JavaClass type) {
                return SliceIdentifier.of(type.getPackageName());
              }

              @Override
              public String getDescription() {
                return "packages";
              }
            })
        .should()
        .beFreeOfCycles()
        .ignoreDependency(Headgate.Builder.class, LiveHeadgate.class)
        .check(CORE);
  }

  @Test
  void coreDependsOnFiveLibrariesAndTheJdk() {
    classes()
        .should(
            onlyDependOnClassesThat(
                resideInAnyPackage(
                        "io.headgate..",
                        "java..",
                        "jdk.jfr..",
                        "com.lmax.disruptor..",
                        "org.agrona..",
                        "org.HdrHistogram..",
                        "org.slf4j..",
                        "org.jspecify..")
                    .or(describe("primitives", JavaClass::isPrimitive))
                    .or(
                        describe(
                            "arrays of those",
                            type -> type.isArray() && type.getBaseComponentType().isPrimitive()))))
        .check(CORE);
  }

  @Test
  void everyPackageIsNullMarked() {
    Set<String> names = CORE.stream().map(JavaClass::getPackageName).collect(toSet());
    List<String> unmarked = new ArrayList<>();
    for (String name : names) {
      JavaPackage javaPackage = CORE.getPackage(name);
      if (!javaPackage.isAnnotatedWith(NullMarked.class)) {
        unmarked.add(name);
      }
    }
    assertThat(unmarked).isEmpty();
  }

  // ---- clocks

  @Test
  void nobodyReadsTheSystemsClocksButTheBuildersDefaults() {
    noClasses()
        .should(
            access(
                "read a system clock",
                a ->
                    isSystemClock(a)
                        && !(a.getOriginOwner().isEquivalentTo(Headgate.Builder.class)
                            && a.getOrigin().getName().equals("<init>")
                            && a.getName().equals("INSTANCE"))))
        .check(CORE);
  }

  private static boolean isSystemClock(JavaAccess<?> access) {
    String owner = access.getTargetOwner().getName();
    String name = access.getName();
    return switch (owner) {
      case "java.lang.System" -> name.equals("nanoTime") || name.equals("currentTimeMillis");
      case "java.util.Date", "java.util.GregorianCalendar" -> name.equals("<init>");
      case "java.util.Calendar" -> name.equals("getInstance");
      default ->
          (owner.startsWith("java.time.") && (name.equals("now") || name.startsWith("system")))
              || (owner.startsWith("org.agrona.concurrent.System") && owner.endsWith("Clock"))
              || owner.startsWith("org.agrona.concurrent.HighResolution");
    };
  }

  // ---- the engine

  /** A list of what is allowed, so it bans clocks, chance, threads, locks and I/O by themselves. */
  @Test
  void theEngineUsesNothingOutsideThatIsNotOnItsList() {
    noClasses()
        .that()
        .resideInAPackage(ENGINE)
        .should()
        .dependOnClassesThat(
            describe(
                "are not on the engine's list",
                type -> {
                  JavaClass base = type.getBaseComponentType();
                  return !base.isPrimitive()
                      && !base.getPackageName().startsWith("io.headgate")
                      && !ENGINE_MAY_USE.contains(base.getName());
                }))
        .check(CORE);
  }

  /** The list above, by name: what may never be added to it. */
  @Test
  void theEnginesListHasNoClockChanceThreadLockOrInput() {
    assertThat(ENGINE_MAY_USE)
        .noneMatch(
            name ->
                name.contains("Random")
                    || name.contains("Clock")
                    || name.contains("Thread")
                    || name.contains("UUID")
                    || name.contains("VarHandle")
                    || name.contains("IdentityHashMap")
                    || name.startsWith("java.util.Hash")
                    || name.startsWith("java.util.concurrent")
                    || (name.startsWith("java.time") && !name.equals("java.time.Duration"))
                    || name.startsWith("java.io")
                    || name.startsWith("java.nio")
                    || name.startsWith("java.net")
                    || name.startsWith("org.agrona.concurrent"));
  }

  @Test
  void theEngineCallsNothingOfSystemButArraycopy() {
    engineNever("call System", a -> isOn(a, System.class) && !a.getName().equals("arraycopy"));
  }

  @Test
  void theEngineComputesExactly() {
    engineNever("use inexact Math", a -> isOn(a, Math.class) && !EXACT_MATH.contains(a.getName()));
  }

  @Test
  void theEngineUsesNoIdentityHash() {
    engineNever(
        "use a hash code",
        a ->
            a.getName().equals("hashCode")
                || (isOn(a, Objects.class) && !a.getName().equals("requireNonNull")));
  }

  @Test
  void theEngineAsksSettingsForWhatIsTheSameEverywhere() {
    engineNever(
        "ask a duration for more than its nanoseconds, a set for more than what it contains",
        a ->
            (isOn(a, Duration.class) && !a.getName().equals("toNanos"))
                || (isOn(a, Set.class) && !a.getName().equals("contains")));
  }

  @Test
  void theEngineIteratesOverNoHash() {
    engineNever(
        "do more than look up in a hash map",
        a -> isOn(a, Long2ObjectHashMap.class) && !LOOKUPS.contains(a.getName()));
  }

  @Test
  void theEngineIsNeverSynchronized() throws IOException {
    List<String> found = new ArrayList<>();
    for (JavaClass type : CORE) {
      if (!type.getPackageName().equals("io.headgate.engine")) {
        continue;
      }
      type.getMethods().stream()
          .filter(method -> method.getModifiers().contains(JavaModifier.SYNCHRONIZED))
          .forEach(method -> found.add(method.getFullName()));
      type.getFields().stream()
          .filter(field -> field.getModifiers().contains(JavaModifier.VOLATILE))
          .forEach(field -> found.add(field.getFullName()));
      found.addAll(monitors(type));
    }
    assertThat(found).as("synchronized methods, volatile fields, monitors").isEmpty();
  }

  // ArchUnit does not show monitors, the class file does.
  private static List<String> monitors(JavaClass type) throws IOException {
    List<String> found = new ArrayList<>();
    try (InputStream in = type.getSource().orElseThrow().getUri().toURL().openStream()) {
      for (var method : ClassFile.of().parse(in.readAllBytes()).methods()) {
        method
            .code()
            .ifPresent(
                code -> {
                  if (code.elementStream().anyMatch(MonitorInstruction.class::isInstance)) {
                    found.add(type.getName() + "." + method.methodName().stringValue());
                  }
                });
      }
    }
    return found;
  }

  @Test
  void theEngineReadsNoWordThatOtherThreadsWrite() {
    engineNever(
        "touch a gate's or an account's changing parts",
        a ->
            (isOnAny(a, AgentGate.class, TargetGate.class, Gate.class, Agent.class, Target.class)
                    && !IMMUTABLE_OF_GATES.contains(a.getName()))
                || (isOn(a, JobAccount.class) && !IMMUTABLE_OF_ACCOUNTS.contains(a.getName())));
  }

  @Test
  void ofAdmissionTheEngineKnowsFewTypes() {
    noClasses()
        .that()
        .resideInAPackage(ENGINE)
        .should()
        .dependOnClassesThat(
            resideInAPackage(ADMISSION)
                .and(
                    not(
                        describe(
                            "are immutable in parts",
                            type ->
                                Set.of(
                                        AgentGate.class,
                                        Carried.class,
                                        Earlier.class,
                                        TargetGate.class,
                                        Gate.class,
                                        JobAccount.class,
                                        LevelWord.class,
                                        Reservation.class,
                                        TakenAgain.class,
                                        Trial.class)
                                    .stream()
                                    .anyMatch(type::isEquivalentTo)))))
        .check(CORE);
  }

  private static void engineNever(String what, Predicate<JavaAccess<?>> forbidden) {
    noClasses().that().resideInAPackage(ENGINE).should(access(what, forbidden)).check(CORE);
  }

  private static boolean isOn(JavaAccess<?> access, Class<?> owner) {
    return access.getTargetOwner().isEquivalentTo(owner);
  }

  private static boolean isOnAny(JavaAccess<?> access, Class<?>... owners) {
    return Arrays.stream(owners).anyMatch(owner -> isOn(access, owner));
  }

  // Calls, method references, constructors and fields alike.
  private static ArchCondition<JavaClass> access(String what, Predicate<JavaAccess<?>> which) {
    DescribedPredicate<JavaAccess<?>> predicate = describe(what, which);
    return new ArchCondition<>(what) {
      @Override
      public void check(JavaClass item, ConditionEvents events) {
        for (JavaAccess<?> access : item.getAccessesFromSelf()) {
          if (predicate.test(access)) {
            events.add(SimpleConditionEvent.satisfied(access, access.getDescription()));
          }
        }
      }
    };
  }
}
