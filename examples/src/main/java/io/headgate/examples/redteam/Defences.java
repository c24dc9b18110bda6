package io.headgate.examples.redteam;

import io.headgate.AgentSettings;
import io.headgate.BreakerPolicy;
import io.headgate.JobSettings;
import io.headgate.LoopPolicy;
import io.headgate.TargetSettings;
import java.time.Duration;
import java.util.function.UnaryOperator;

/**
 * What attackers are held to: how a host registers the agents, targets and jobs of those whom it
 * does not trust. Everything else is as the Headgate under attack was built.
 *
 * @param agent of an attacker's agent
 * @param model of a model that it calls
 * @param tool of a tool that it calls
 * @param job of a job that it opens
 */
public record Defences(
    UnaryOperator<AgentSettings> agent,
    UnaryOperator<TargetSettings> model,
    UnaryOperator<TargetSettings> tool,
    UnaryOperator<JobSettings> job) {
  /**
   * A host that sets caps, and leaves the rest as it comes: an agent has 32 calls at once and 128
   * waiting, a target 48 at once, a call two seconds, a job ten seconds, 100,000 tokens, 256 calls
   * and 16 levels.
   */
  public static final Defences USUAL =
      new Defences(
          a -> a.maxInFlight(32).maxWaiting(128),
          t -> t.maxInFlight(48).timeout(Duration.ofSeconds(2)).price(1, 4),
          t -> t.tool().maxInFlight(48).maxOverruns(8).timeout(Duration.ofMillis(500)),
          j ->
              j.tokenBudget(100_000)
                  .deadline(Duration.ofSeconds(10))
                  .maxCalls(256)
                  .maxDepth(16)
                  .maxFanOut(64)
                  .maxTasks(64));

  /** A host that has switched everything off that it can: for tests of the red team itself. */
  public static final Defences NONE =
      new Defences(
          a -> a,
          t ->
              t.timeout(Duration.ofMinutes(1))
                  .breaker(BreakerPolicy.OFF)
                  .agentBreaker(BreakerPolicy.OFF),
          t ->
              t.tool()
                  .timeout(Duration.ofMinutes(1))
                  .maxOverruns(100_000)
                  .loopGuard(LoopPolicy.OFF)
                  .breaker(BreakerPolicy.OFF)
                  .agentBreaker(BreakerPolicy.OFF),
          j ->
              j.deadline(Duration.ofMinutes(1))
                  .maxDepth(1_000)
                  .maxFanOut(1_000_000)
                  .maxLoops(JobSettings.NO_LIMIT));
}
