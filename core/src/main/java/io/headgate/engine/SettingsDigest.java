package io.headgate.engine;

import io.headgate.AgentSettings;
import io.headgate.BreakerPolicy;
import io.headgate.BurnPolicy;
import io.headgate.CallClass;
import io.headgate.ConcurrencyPolicy;
import io.headgate.DegradationPolicy;
import io.headgate.DegradationPolicy.Rung;
import io.headgate.EstimatePolicy;
import io.headgate.HeadgateSettings;
import io.headgate.HedgePolicy;
import io.headgate.JobSettings;
import io.headgate.LevelPolicy;
import io.headgate.LoopPolicy;
import io.headgate.PacePolicy;
import io.headgate.ParkPolicy;
import io.headgate.Price;
import io.headgate.QueuePolicy;
import io.headgate.RetryPolicy;
import io.headgate.SpendingLimits;
import io.headgate.TargetSettings;
import io.headgate.UsagePolicy;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * A hash of settings for the engine's digest: the same in each JVM, which {@code hashCode} of an
 * enum is not. Records are taken apart by patterns, so that a new component does not compile before
 * it is here. Of a classifier and of a normaliser there is nothing to hash; what they say comes in
 * by inputs.
 */
final class SettingsDigest {
  private static final long PRIME = 0x9E3779B97F4A7C15L;

  private SettingsDigest() {}

  static long of(HeadgateSettings settings) {
    return switch (settings) {
      case HeadgateSettings(
              int maxInFlight,
              int maxWaiting,
              int begunPercent,
              long tokensPerMinute,
              long burstTokens,
              int maxSuspended,
              int maxAgents,
              int maxTargets,
              int maxJobs,
              int maxParked,
              long maxParkedTokens,
              Duration patience,
              SpendingLimits spending,
              int retrySpreadPercent) ->
          mixed(
              maxInFlight,
              maxWaiting,
              begunPercent,
              tokensPerMinute,
              burstTokens,
              maxSuspended,
              maxAgents,
              maxTargets,
              maxJobs,
              maxParked,
              maxParkedTokens,
              patience.toNanos(),
              of(spending),
              retrySpreadPercent);
    };
  }

  static long of(AgentSettings settings) {
    return switch (settings) {
      case AgentSettings(
              int maxInFlight,
              int maxWaiting,
              long tokensPerMinute,
              long burstTokens,
              int weight,
              ParkPolicy park,
              SpendingLimits spending,
              BurnPolicy burn) ->
          mixed(
              maxInFlight,
              maxWaiting,
              tokensPerMinute,
              burstTokens,
              weight,
              of(park),
              of(spending),
              of(burn));
    };
  }

  static long of(JobSettings settings) {
    return switch (settings) {
      case JobSettings(
              long tokenBudget,
              long moneyBudgetNanos,
              Duration deadline,
              int maxTasks,
              int maxDepth,
              int maxFanOut,
              int maxCalls,
              int maxLoops,
              ParkPolicy park,
              int wrapUpPercent,
              ParkPolicy parkAtBudget,
              long tokensPerMinute,
              long microsPerMinute) ->
          mixed(
              tokenBudget,
              moneyBudgetNanos,
              deadline.toNanos(),
              maxTasks,
              maxDepth,
              maxFanOut,
              maxCalls,
              maxLoops,
              of(park),
              wrapUpPercent,
              of(parkAtBudget),
              tokensPerMinute,
              microsPerMinute);
    };
  }

  static long of(TargetSettings settings) {
    return switch (settings) {
      case TargetSettings(
              int maxInFlight,
              int maxOverruns,
              Duration timeout,
              long maxOutputTokens,
              Price(long inputPrice, long outputPrice),
              var _,
              RetryPolicy retry,
              BreakerPolicy breaker,
              BreakerPolicy agentBreaker,
              Duration maxPause,
              LoopPolicy loopGuard,
              boolean writer,
              int maxCallsPerJob,
              ParkPolicy park,
              DegradationPolicy degradation,
              EstimatePolicy(int quantilePercent, int minCalls, int marginPercent),
              HedgePolicy(int hedgePercentile, int hedgeMinCalls, Duration minDelay),
              PacePolicy(int firstPerMinute, int paceMarginPercent, Duration burst),
              ConcurrencyPolicy(int first, int least, Duration probeEvery, int maxLostPercent),
              QueuePolicy(Duration newestFirstAfter),
              LevelPolicy(Duration delay),
              Duration p99Budget,
              UsagePolicy(int missingInRow)) ->
          mixed(
              maxInFlight,
              maxOverruns,
              timeout.toNanos(),
              maxOutputTokens,
              inputPrice,
              outputPrice,
              of(retry),
              of(breaker),
              of(agentBreaker),
              maxPause.toNanos(),
              of(loopGuard),
              writer ? 1 : 0,
              maxCallsPerJob,
              of(park),
              of(degradation),
              mixed(quantilePercent, minCalls, marginPercent),
              mixed(hedgePercentile, hedgeMinCalls, minDelay.toNanos()),
              mixed(firstPerMinute, paceMarginPercent, burst.toNanos()),
              mixed(first, least, probeEvery.toNanos(), maxLostPercent),
              newestFirstAfter.toNanos(),
              delay.toNanos(),
              p99Budget.toNanos(),
              missingInRow);
    };
  }

  private static long of(ParkPolicy policy) {
    return switch (policy) {
      case ParkPolicy(
              ParkPolicy.Trigger trigger,
              long threshold,
              ParkPolicy.Action action,
              Duration after,
              boolean clockStands) ->
          mixed(
              trigger.ordinal(), threshold, action.ordinal(), after.toNanos(), clockStands ? 1 : 0);
    };
  }

  private static long of(SpendingLimits limits) {
    return switch (limits) {
      case SpendingLimits(long tokens, long moneyNanos, long microsPerMinute) ->
          mixed(tokens, moneyNanos, microsPerMinute);
    };
  }

  private static long of(BurnPolicy policy) {
    return switch (policy) {
      case BurnPolicy(int factor, Duration shortWindow, Duration longWindow, long minTokens) ->
          mixed(factor, shortWindow.toNanos(), longWindow.toNanos(), minTokens);
    };
  }

  private static long of(RetryPolicy policy) {
    return switch (policy) {
      case RetryPolicy(
              int maxAttempts,
              Duration base,
              Duration cap,
              Set<CallClass> retried,
              int budgetPercent,
              int budgetFloor,
              int watermarkPercent) ->
          mixed(
              maxAttempts,
              base.toNanos(),
              cap.toNanos(),
              of(retried),
              budgetPercent,
              budgetFloor,
              watermarkPercent);
    };
  }

  private static long of(BreakerPolicy policy) {
    return switch (policy) {
      case BreakerPolicy(
              int failurePercent,
              int minCalls,
              Duration window,
              int windowCalls,
              Duration slowCall,
              int slowPercent,
              Duration open,
              Duration maxOpen,
              int probes,
              Set<CallClass> counted) ->
          mixed(
              failurePercent,
              minCalls,
              window.toNanos(),
              windowCalls,
              slowCall.toNanos(),
              slowPercent,
              open.toNanos(),
              maxOpen.toNanos(),
              probes,
              of(counted));
    };
  }

  private static long of(LoopPolicy policy) {
    return switch (policy) {
      case LoopPolicy(int sameCalls, Duration window, int maxPeriod, int cycleRounds, var _) ->
          mixed(sameCalls, window.toNanos(), maxPeriod, cycleRounds);
    };
  }

  private static long of(DegradationPolicy policy) {
    return switch (policy) {
      case DegradationPolicy(
              List<Rung> rungs,
              Duration latencyBudget,
              int minCalls,
              Duration window,
              Duration probeAfter,
              Duration maxProbeAfter,
              int probes) -> {
        long hash =
            mixed(
                latencyBudget.toNanos(),
                minCalls,
                window.toNanos(),
                probeAfter.toNanos(),
                maxProbeAfter.toNanos(),
                probes);
        for (int i = 0; i < rungs.size(); i++) {
          hash = mixed(hash, of(rungs.get(i)));
        }
        yield hash;
      }
    };
  }

  private static long of(Rung rung) {
    return switch (rung) {
      case Rung(String name, int maxInFlight, int pricePercent, boolean isStatic) ->
          mixed(of(name), maxInFlight, pricePercent, isStatic ? 1 : 0);
    };
  }

  private static long of(Set<CallClass> classes) {
    long bits = 0;
    for (CallClass each : CallClass.values()) {
      bits |= classes.contains(each) ? 1L << each.ordinal() : 0;
    }
    return bits;
  }

  private static long of(String text) {
    long hash = 0;
    for (int i = 0; i < text.length(); i++) {
      hash = mixed(hash, text.charAt(i));
    }
    return hash;
  }

  private static long mixed(long... values) {
    long hash = PRIME;
    for (long value : values) {
      hash = Long.rotateLeft((hash ^ value) * PRIME, 29);
    }
    return hash;
  }
}
