package io.headgate.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.AgentSettings;
import io.headgate.ArgumentsNormaliser;
import io.headgate.CallClass;
import io.headgate.Classifier;
import io.headgate.DegradationPolicy;
import io.headgate.DegradationPolicy.Rung;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.ParkPolicy;
import io.headgate.TargetSettings;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** That no setting can be changed without the digest's telling. */
final class SettingsDigestTest {
  private static final Set<Class<?>> OF_USERS = Set.of(Classifier.class, ArgumentsNormaliser.class);

  /** A record with one of its components, however deep, changed. */
  private record Variant<R>(String what, R changed) {}

  @Test
  void everySettingCounts() throws Exception {
    assertEachCounts(HeadgateSettings.DEFAULT.tokensPerMinute(1_000), SettingsDigest::of);
    assertEachCounts(AgentSettings.DEFAULT.tokensPerMinute(1_000), SettingsDigest::of);
    assertEachCounts(JobSettings.DEFAULT, SettingsDigest::of);
    var ladder =
        DegradationPolicy.OFF.rungs(
            List.of(Rung.of("large", 100), Rung.of("small", 10), Rung.of("free", 0)));
    assertEachCounts(TargetSettings.DEFAULT.degradation(ladder), SettingsDigest::of);
  }

  @Test
  void theEngineMixesWhatIsRegisteredOpenedAndChanged() {
    assertThat(
            Stream.of(
                    digest(e -> e.agent(a -> a)),
                    digest(e -> e.agent(a -> a.weight(2))),
                    digest(e -> e.target(t -> t)),
                    digest(e -> e.target(t -> t.writer(true))),
                    digest(e -> e.job(JobSettings.DEFAULT)),
                    digest(e -> e.job(JobSettings.DEFAULT.maxLoops(3))),
                    digest(e -> changed(e, JobSettings.DEFAULT.maxLoops(3))),
                    digest(e -> changed(e, JobSettings.DEFAULT.park(ParkPolicy.atLoop(3)))),
                    digest(
                        e ->
                            changed(
                                e,
                                JobSettings.DEFAULT.park(ParkPolicy.atLoop(3).clockStands(true)))))
                .distinct())
        .hasSize(9);
  }

  // ---- helpers

  private static long digest(Consumer<EngineHarness> inputs) {
    var harness = new EngineHarness(settings -> settings);
    inputs.accept(harness);
    return harness.engine.digest();
  }

  private static void changed(EngineHarness harness, JobSettings settings) {
    harness.engine.jobReconfigured(harness.now, harness.job(JobSettings.DEFAULT), settings);
  }

  private static <R extends Record> void assertEachCounts(R settings, ToLongFunction<R> digest)
      throws Exception {
    long before = digest.applyAsLong(settings);
    assertThat(variants(settings))
        .allSatisfy(each -> assertThat(digest.applyAsLong(each.changed)).isNotEqualTo(before));
  }

  /** Of every component one; of those that are records themselves one of each of theirs. */
  private static <R extends Record> List<Variant<R>> variants(R of) throws Exception {
    var all = new ArrayList<Variant<R>>();
    RecordComponent[] components = of.getClass().getRecordComponents();
    Object[] values = new Object[components.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = components[i].getAccessor().invoke(of);
    }
    for (int i = 0; i < values.length; i++) {
      if (OF_USERS.contains(components[i].getType())) {
        continue;
      }
      int before = all.size();
      for (Variant<?> each : variantsOf(components[i].getName(), values[i])) {
        Object[] changed = values.clone();
        changed[i] = each.changed;
        try {
          all.add(new Variant<>(each.what, make(of, components, changed)));
        } catch (InvocationTargetException outOfBounds) {
          assertThat(outOfBounds.getCause()).isInstanceOf(IllegalArgumentException.class);
        }
      }
      assertThat(all.size()).as(components[i] + " has a variant").isGreaterThan(before);
    }
    return all;
  }

  @SuppressWarnings("unchecked")
  private static <R extends Record> R make(R like, RecordComponent[] components, Object[] values)
      throws Exception {
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    return (R) like.getClass().getDeclaredConstructor(types).newInstance(values);
  }

  private static List<? extends Variant<?>> variantsOf(String what, Object value) throws Exception {
    Stream<?> others =
        switch (value) {
          case Integer n -> near(n).mapToObj(each -> (int) each);
          case Long n -> near(n).boxed();
          case Boolean on -> Stream.of(!on);
          case Duration time -> near(time.toNanos()).mapToObj(Duration::ofNanos);
          case Enum<?> constant ->
              Arrays.stream(constant.getDeclaringClass().getEnumConstants())
                  .filter(each -> each != constant);
          case Set<?> _ ->
              Stream.of(CallClass.values()).map(Set::of).filter(each -> !each.equals(value));
          case List<?> rungs -> ladders(rungs);
          case String text -> Stream.of(text + "x");
          case Record policy -> {
            List<Variant<?>> deep = new ArrayList<>();
            for (Variant<?> each : variants(policy)) {
              deep.add(new Variant<>(what + "." + each.what, each.changed));
            }
            yield deep.stream();
          }
          default -> throw new AssertionError("add how to change " + value.getClass());
        };
    return others
        .map(each -> each instanceof Variant<?> deep ? deep : new Variant<>(what, each))
        .toList();
  }

  private static LongStream near(long value) {
    return LongStream.of(value - 1, value + 1, value / 2, value * 2, 20, 200, 1_000_000)
        .filter(each -> each != value);
  }

  private static Stream<?> ladders(List<?> rungs) throws Exception {
    List<List<?>> ladders = new ArrayList<>();
    List<?> upper = rungs.subList(0, rungs.size() - 1);
    ladders.add(upper);
    for (Variant<Rung> each : variants((Rung) rungs.getLast())) {
      ladders.add(Stream.concat(upper.stream(), Stream.of(each.changed)).toList());
    }
    return ladders.stream();
  }
}
