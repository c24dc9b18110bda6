package io.headgate.simulation;

import io.headgate.AgentSettings;
import io.headgate.BreakerPolicy;
import io.headgate.BurnPolicy;
import io.headgate.CallClass;
import io.headgate.EstimatePolicy;
import io.headgate.HedgePolicy;
import io.headgate.ParkPolicy;
import io.headgate.QueuePolicy;
import io.headgate.TargetSettings;
import io.headgate.UsagePolicy;
import java.time.Duration;
import java.util.EnumSet;
import java.util.SplittableRandom;

/**
 * Another policy in place of one that an agent or a target has: off, or at some value, whatever it
 * was before.
 */
final class PolicyChanges {
  private PolicyChanges() {}

  static AgentSettings changed(AgentSettings now, SplittableRandom random) {
    boolean off = random.nextInt(3) == 0;
    if (random.nextBoolean()) {
      Duration second = Duration.ofSeconds(1);
      return now.burn(
          off
              ? BurnPolicy.OFF
              : new BurnPolicy(
                  2 + random.nextInt(4),
                  second,
                  second.multipliedBy(2 + random.nextInt(9)),
                  1_000));
    }
    return now.park(
        off ? ParkPolicy.OFF : held(ParkPolicy.atCutOff(1 + random.nextInt(3)), random));
  }

  static TargetSettings changed(TargetSettings now, SplittableRandom random) {
    boolean off = random.nextInt(3) == 0;
    Duration soon = Duration.ofMillis(1 + random.nextInt(100));
    return switch (random.nextInt(7)) {
      case 0 ->
          now.hedge(
              off
                  ? HedgePolicy.OFF
                  : new HedgePolicy(50 + random.nextInt(50), 1 + random.nextInt(10), soon));
      case 1 ->
          now.estimates(
              off
                  ? EstimatePolicy.OFF
                  : new EstimatePolicy(
                      50 + random.nextInt(50), 1 + random.nextInt(10), random.nextInt(100)));
      case 2 ->
          now.park(
              off
                  ? ParkPolicy.OFF
                  : held(
                      random.nextBoolean() ? ParkPolicy.always() : ParkPolicy.above(0.001),
                      random));
      case 3 -> now.queue(off ? QueuePolicy.OFF : new QueuePolicy(soon));
      case 4 -> now.p99Budget(off ? Duration.ZERO : soon);
      case 5 -> now.usage(off ? UsagePolicy.OFF : new UsagePolicy(1 + random.nextInt(6)));
      default ->
          now.breaker().isOff()
              ? now.agentBreaker(watching(now.agentBreaker(), random))
              : now.breaker(watching(now.breaker(), random));
    };
  }

  private static BreakerPolicy watching(BreakerPolicy now, SplittableRandom random) {
    CallClass either = random.nextBoolean() ? CallClass.REJECTED : CallClass.BAD_ANSWER;
    return now.window(
            Duration.ofMillis(1_000 + random.nextInt(4_000)), now.minCalls() + random.nextInt(60))
        .counted(EnumSet.of(CallClass.UNAVAILABLE, CallClass.TIMED_OUT, either));
  }

  private static ParkPolicy held(ParkPolicy when, SplittableRandom random) {
    ParkPolicy.Action[] actions = ParkPolicy.Action.values();
    return when.then(
            actions[random.nextInt(actions.length)], Duration.ofMillis(1 + random.nextInt(200)))
        .clockStands(random.nextBoolean());
  }
}
