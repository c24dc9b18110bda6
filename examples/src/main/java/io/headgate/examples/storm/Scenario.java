package io.headgate.examples.storm;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;

import io.headgate.examples.storm.provider.ModelSpeed;
import io.headgate.examples.storm.provider.ProviderSettings;
import io.headgate.examples.storm.workload.Timeline;
import java.time.Duration;

/**
 * The figures of a storm. Durations of provider and deadlines are what they would be in earnest,
 * and are divided by {@link #SCALE} when used; the timeline is wall time.
 *
 * @param provider how the model behaves
 * @param timeline calm, surge, calm
 * @param outShare the share of the provider that is out in the surge
 * @param loops the share of jobs whose agents go round in circles
 * @param deadlineBase what each job gets
 * @param deadlinePerCall and what it gets more for each of its calls
 * @param naiveTimeout of one try in the naive arm: LangChain4j's default
 * @param headgateTimeout of one try in the Headgate arm
 * @param firstCallTtl how long a new job may wait for its first start in the Headgate arm
 * @param drain wall time for open jobs to end after the last arrival
 */
record Scenario(
    ProviderSettings provider,
    Timeline timeline,
    double outShare,
    double loops,
    Duration deadlineBase,
    Duration deadlinePerCall,
    Duration naiveTimeout,
    Duration headgateTimeout,
    Duration firstCallTtl,
    Duration drain) {
  /** Provider's times and deadlines are so many times shorter than in earnest. */
  static final int SCALE = 10;

  private static final ModelSpeed SPEED = new ModelSpeed(ofMillis(400), 2_000, 30, 10);

  private static final ProviderSettings PROVIDER =
      new ProviderSettings(
          SCALE, SPEED, 80, 80, ofSeconds(10), ofSeconds(600), ofMillis(500), 2.5, 10);

  /** Calm is some 25 calls a second, a bit more than half of what the provider can do. */
  static final Scenario STORM =
      of(new Timeline(ofSeconds(9), ofSeconds(10), ofSeconds(15), 6, 10), ofSeconds(4));

  /**
   * A second of calm, uncounted: the first arm must not pay for loading and compiling the classes.
   */
  static final Scenario WARM_UP =
      of(new Timeline(ofMillis(1_200), Duration.ZERO, Duration.ZERO, 15, 1), ofMillis(300));

  private static Scenario of(Timeline timeline, Duration drain) {
    return new Scenario(
        PROVIDER,
        timeline,
        0.5,
        0.03,
        ofSeconds(20),
        ofSeconds(5),
        ofSeconds(60),
        ofSeconds(30),
        ofSeconds(10),
        drain);
  }

  /** Time in earnest to wall time. */
  static Duration scaled(Duration inEarnest) {
    return inEarnest.dividedBy(SCALE);
  }
}
