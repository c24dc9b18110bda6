package io.headgate.examples.storm.arm;

import io.headgate.HeadgateEvent;
import io.headgate.HeadgateListener;
import io.headgate.Refusal;
import io.headgate.examples.storm.measure.AnswerRung;
import io.headgate.examples.storm.measure.PolicyAct;
import io.headgate.examples.storm.measure.PolicyLane;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Takes down when each policy of Headgate acted: from its events as they come, and from its counts
 * of refusals, as they grow from second to second. For a further policy: a value of {@link Policy},
 * and its event or its refusals below. Any thread may tell of an event; one looks at the counts.
 */
final class PolicyWatch implements HeadgateListener {
  /** A lane of the report each, in this order. */
  private enum Policy {
    JOBS("job places"),
    DOOR("at the door"),
    ROOM("waiting room"),
    LEVEL("level"),
    LIMIT("call permits"),
    RETRY("retries"),
    HEDGE("hedges"),
    BREAKER("breakers"),
    PAUSE("pauses"),
    LOOP("loop guard"),
    NEAR_EQUAL("near-equal"),
    CALLS("call limits"),
    BUDGET("budgets"),
    ESTIMATE("estimates"),
    SPENDING("spending"),
    OVERRUN("overruns"),
    LADDER("degradation"),
    PARKING("parking"),
    OPERATOR("operator"),
    PACE("pace"),
    ALERTS("alerts");

    private final String title;

    Policy(String title) {
      this.title = title;
    }
  }

  /** Who says it when a parked task's own action follows: that stands in the lane of parking. */
  private static final String BY_ITSELF = "headgate";

  /** Tokens: nearer than that is not shown. */
  private static final long STEP = 100;

  private final LongSupplier clock;
  private final Queue<PolicyAct> acts = new ConcurrentLinkedQueue<>();
  private final AtomicLong lost = new AtomicLong();
  private final Map<Refusal, Long> before = new EnumMap<>(Refusal.class);

  /**
   * A watch with this clock.
   *
   * @param clock nanoseconds since the start of the arm
   */
  PolicyWatch(LongSupplier clock) {
    this.clock = clock;
  }

  @Override
  public void on(HeadgateEvent event, long lost) {
    this.lost.addAndGet(lost);
    switch (event) {
      case HeadgateEvent.Retry retry -> acted(Policy.RETRY, "after " + text(retry.callClass()), 1);
      case HeadgateEvent.Hedge hedge ->
          acted(Policy.HEDGE, hedge.won() ? "answers first" : "second call", 1);
      case HeadgateEvent.Breaker breaker -> acted(Policy.BREAKER, text(breaker), 1);
      case HeadgateEvent.Pause pause ->
          acted(Policy.PAUSE, pause.until().isZero() ? "over" : "begun", 1);
      case HeadgateEvent.Overrun _ -> acted(Policy.OVERRUN, "deadline ignored", 1);
      case HeadgateEvent.TargetGate gate ->
          acted(Policy.OVERRUN, gate.open() ? "target open again" : "target shut", 1);
      case HeadgateEvent.Rung rung -> acted(Policy.LADDER, "serves: " + rung.name(), 1);
      case HeadgateEvent.Fall fall ->
          acted(
              Policy.LADDER,
              (fall.beside() ? "falls beside, " : "falls, ") + text(fall.callClass()),
              1);
      case HeadgateEvent.Parked parked ->
          acted(Policy.PARKING, "parked, " + text(parked.reason()), 1);
      case HeadgateEvent.Unparked unparked ->
          acted(Policy.PARKING, text(unparked.action()) + ", by " + text(unparked.by()), 1);
      case HeadgateEvent.BurnRate burn ->
          acted(Policy.ALERTS, "burn rate " + (burn.burning() ? "high" : "usual again"), 1);
      case HeadgateEvent.LimitLearned limit ->
          acted(Policy.PACE, "limit " + limit.perMinute() + " a minute", 1);
      case HeadgateEvent.ConcurrencyLimit limit ->
          acted(Policy.LIMIT, limit.permits() + " permits", 1);
      case HeadgateEvent.AdmissionLevel level ->
          acted(
              Policy.LEVEL,
              "lets in %.0f %% of %s".formatted(100 * level.share(), text(level.lowest())),
              1);
      case HeadgateEvent.Alert alert ->
          acted(Policy.ALERTS, text(alert.kind()) + (alert.on() ? "" : " is over"), 1);
      case HeadgateEvent.UsageMissing usage ->
          acted(Policy.ALERTS, "usage " + (usage.missing() ? "missing" : "reported again"), 1);
      case HeadgateEvent.Operated operated -> {
        if (!operated.who().equals(BY_ITSELF)) {
          acted(Policy.OPERATOR, operated.verb() + ", " + operated.why(), 1);
        }
      }
      case HeadgateEvent.LimitsChanged _ -> acted(Policy.OPERATOR, "limits of all changed", 1);
      case HeadgateEvent.EstimateLearned learned ->
          acted(Policy.ESTIMATE, "learned, %,d tokens".formatted(learned.outputTokens()), 1);
      case HeadgateEvent.WrapUp _ -> acted(Policy.BUDGET, "kept for a last call, used", 1);
      case HeadgateEvent.JobLoopedOut _ -> acted(Policy.LOOP, "job cut off", 1);
      case HeadgateEvent.JobReconfigured _ -> acted(Policy.OPERATOR, "job changed", 1);
      case HeadgateEvent.TaskEnded _, HeadgateEvent.JobChange _ -> {
        // the other charts show these
      }
      case HeadgateEvent.Refusals _ -> {
        // counted by refusals(), which looks more often
      }
    }
  }

  private static String text(HeadgateEvent.Breaker breaker) {
    return text(breaker.state())
        + (breaker.rung() == 0 ? "" : " below, rung " + breaker.rung())
        + (breaker.agent().isEmpty() ? " for all" : " for " + breaker.agent());
  }

  private static String text(Object word) {
    return word.toString().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /** A call was answered: by another than it asked for, if there was no place or no time. */
  void answered(AnswerRung rung) {
    if (rung != AnswerRung.TOP) {
      acted(Policy.LADDER, "answered, " + text(rung), 1);
    }
  }

  /**
   * A call starts for whose answer less is held than it asked for: as answers have been of late.
   */
  void reserved(long tokens, long asked) {
    if (tokens < asked) {
      acted(Policy.ESTIMATE, "about %,d tokens held".formatted(tokens / STEP * STEP), 1);
    }
  }

  /**
   * A call was refused as a loop.
   *
   * @param isNew whether none of its job's was written just so: then it was the normaliser that
   *     knew it again
   */
  void refusedAsLoop(boolean isNew) {
    if (isNew) {
      acted(Policy.NEAR_EQUAL, "known again", 1);
    }
  }

  /** Looks at the counts of refusals since the start. */
  void refusals(Map<Refusal, Long> counts) {
    counts.forEach(
        (reason, count) -> {
          var known = before.put(reason, count);
          var policy = policyOf(reason);
          long times = count - (known == null ? 0 : known);
          if (policy != null && times > 0) {
            acted(policy, "refused, " + text(reason), times);
          }
        });
  }

  private static @Nullable Policy policyOf(Refusal reason) {
    return switch (reason) {
      case JOBS_FULL -> Policy.JOBS;
      case WOULD_EXPIRE -> Policy.DOOR;
      case LEVEL -> Policy.LEVEL;
      case AGENT_WAITING_ROOM_FULL, WAITING_ROOM_FULL, RING_FULL, JOURNAL_BEHIND -> Policy.ROOM;
      case TARGET_UNAVAILABLE, AGENT_CUT_OFF -> Policy.BREAKER; // a pause refuses likewise
      case LOOP -> Policy.LOOP;
      case DEPTH, FAN_OUT, JOB_CALLS, TARGET_CALLS, JOB_TASKS_FULL -> Policy.CALLS;
      case TOKEN_BUDGET, MONEY_BUDGET -> Policy.BUDGET;
      case AGENT_RATE,
          GLOBAL_RATE,
          EXCEEDS_BURST,
          AGENT_MONEY_RATE,
          GLOBAL_MONEY_RATE,
          JOB_RATE,
          JOB_MONEY_RATE,
          AGENT_TOKEN_LIMIT,
          AGENT_MONEY_LIMIT,
          GLOBAL_TOKEN_LIMIT,
          GLOBAL_MONEY_LIMIT ->
          Policy.SPENDING;
      case TARGET_OVERRUN -> Policy.OVERRUN;
      default -> null; // of what is closed, over or gone no policy decides
    };
  }

  private void acted(Policy policy, String what, long times) {
    acts.add(new PolicyAct(clock.getAsLong(), policy.title, what, times));
  }

  List<PolicyLane> lanes() {
    return PolicyLane.of(
        Stream.of(Policy.values()).map(policy -> policy.title).toList(), List.copyOf(acts));
  }

  /** Events that were lost: then the lanes show too little. */
  long lost() {
    return lost.get();
  }
}
