package io.headgate.examples.storm;

import static io.headgate.examples.storm.Scenario.scaled;

import io.headgate.Journal;
import io.headgate.examples.storm.arm.HeadgateArm;
import io.headgate.examples.storm.arm.NaiveArm;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The hosts that a storm can be sent through, in the order of their runs. */
enum StormArm {
  NAIVE {
    @Override
    ArmRun.ArmFactory of(Scenario scenario, boolean ladder, @Nullable Journal journal) {
      return (provider, recorder) ->
          new NaiveArm(provider.baseUrl(), scaled(scenario.naiveTimeout()), recorder);
    }
  },
  HEADGATE {
    @Override
    ArmRun.ArmFactory of(Scenario scenario, boolean ladder, @Nullable Journal journal) {
      return (provider, recorder) ->
          HeadgateArm.tuned(
              provider.baseUrl(),
              scaled(scenario.headgateTimeout()),
              scaled(scenario.firstCallTtl()),
              ladder,
              journal,
              recorder);
    }

    @Override
    Optional<String> journal() {
      return Optional.of("journal");
    }
  },
  UNTUNED {
    @Override
    ArmRun.ArmFactory of(Scenario scenario, boolean ladder, @Nullable Journal journal) {
      return (provider, recorder) ->
          HeadgateArm.untuned(
              provider.baseUrl(),
              scaled(scenario.headgateTimeout()),
              Scenario.SCALE,
              journal,
              recorder);
    }

    @Override
    Optional<String> journal() {
      return Optional.of("journal-untuned");
    }
  };

  /**
   * Makes the arm for this scenario.
   *
   * @param ladder whether it may use the smaller model, if it ever does
   * @param journal for what it does, if it can write one
   */
  abstract ArmRun.ArmFactory of(Scenario scenario, boolean ladder, @Nullable Journal journal);

  /** The same, without a journal. */
  final ArmRun.ArmFactory of(Scenario scenario, boolean ladder) {
    return of(scenario, ladder, null);
  }

  /** The name of the folder of its journal; by default it writes none. */
  Optional<String> journal() {
    return Optional.empty();
  }
}
