package io.headgate.examples.storm.arm;

import io.headgate.BreakerPolicy;
import io.headgate.BurnPolicy;
import io.headgate.ConcurrencyPolicy;
import io.headgate.HeadgateSettings;
import io.headgate.LevelPolicy;
import io.headgate.ParkPolicy;
import io.headgate.QueuePolicy;
import io.headgate.RetryPolicy;
import java.time.Duration;
import java.util.function.UnaryOperator;

/**
 * Headgate's own controls at their defaults, and no figure that was chosen for this provider or
 * this load: the limit of calls and the jobs at the door, the admission level, the queue that
 * stands, retries, breakers and the loop guard. Nothing bounds jobs, calls or tokens but what these
 * find out.
 *
 * <p>The provider's clock runs faster than the wall's, and so do the controls': each of their times
 * is that of its default, scaled down as the provider's and the jobs' are.
 */
final class Untuned {
  private final int scale;

  private Untuned(int scale) {
    this.scale = scale;
  }

  static HostPolicies policies(int scale) {
    var untuned = new Untuned(scale);
    var breaker = untuned.breaker();
    return new HostPolicies(
        "untuned",
        HeadgateSettings.DEFAULT,
        model ->
            model
                .concurrency(untuned.concurrency())
                .level(new LevelPolicy(untuned.scaled(LevelPolicy.DEFAULT.delay())))
                .queue(new QueuePolicy(untuned.scaled(QueuePolicy.DEFAULT.newestFirstAfter())))
                .retry(untuned.retry())
                .breaker(breaker)
                .agentBreaker(breaker)
                .maxPause(untuned.scaled(model.maxPause())),
        ParkPolicy.OFF,
        agent -> agent.burn(untuned.burn()),
        UnaryOperator.identity(),
        UnaryOperator.identity(),
        false,
        "could use gpt-large alone, with Headgate's defaults, their times scaled down by " + scale);
  }

  private ConcurrencyPolicy concurrency() {
    var policy = ConcurrencyPolicy.DEFAULT;
    return policy.probeEvery(scaled(policy.probeEvery()));
  }

  private RetryPolicy retry() {
    var policy = RetryPolicy.DEFAULT;
    return policy.backoff(scaled(policy.base()), scaled(policy.cap()));
  }

  private BreakerPolicy breaker() {
    var policy = BreakerPolicy.DEFAULT;
    return policy
        .window(scaled(policy.window()), policy.windowCalls())
        .open(scaled(policy.open()), scaled(policy.maxOpen()));
  }

  private BurnPolicy burn() {
    var policy = BurnPolicy.DEFAULT;
    return policy
        .windows(scaled(policy.shortWindow()), scaled(policy.longWindow()))
        .minTokens(policy.minTokens() / scale);
  }

  private Duration scaled(Duration inEarnest) {
    return inEarnest.dividedBy(scale);
  }
}
