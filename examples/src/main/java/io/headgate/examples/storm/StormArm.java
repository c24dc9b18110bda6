package io.headgate.examples.storm;

import static io.headgate.examples.storm.Scenario.scaled;

import io.headgate.examples.storm.arm.HeadgateArm;
import io.headgate.examples.storm.arm.NaiveArm;

/** The hosts that a storm can be sent through, in the order of their runs. */
enum StormArm {
  NAIVE {
    @Override
    ArmRun.ArmFactory of(Scenario scenario, boolean ladder) {
      return (provider, recorder) ->
          new NaiveArm(provider.baseUrl(), scaled(scenario.naiveTimeout()), recorder);
    }
  },
  HEADGATE {
    @Override
    ArmRun.ArmFactory of(Scenario scenario, boolean ladder) {
      return (provider, recorder) ->
          HeadgateArm.tuned(
              provider.baseUrl(),
              scaled(scenario.headgateTimeout()),
              scaled(scenario.firstCallTtl()),
              ladder,
              recorder);
    }
  },
  UNTUNED {
    @Override
    ArmRun.ArmFactory of(Scenario scenario, boolean ladder) {
      return (provider, recorder) ->
          HeadgateArm.untuned(
              provider.baseUrl(), scaled(scenario.headgateTimeout()), Scenario.SCALE, recorder);
    }
  };

  /**
   * Makes the arm for this scenario.
   *
   * @param ladder whether it may use the smaller model, if it ever does
   */
  abstract ArmRun.ArmFactory of(Scenario scenario, boolean ladder);
}
