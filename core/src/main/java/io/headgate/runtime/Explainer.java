package io.headgate.runtime;

import io.headgate.AgentSettings;
import io.headgate.Estimate;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.Outcome;
import io.headgate.Refused;
import io.headgate.SpendingLimits;
import io.headgate.Task;
import io.headgate.admission.AgentGate;
import io.headgate.admission.Gates;
import io.headgate.admission.JobAccount;
import io.headgate.admission.JobRates;
import io.headgate.admission.Reservation;
import io.headgate.admission.SpendingAccount;
import io.headgate.admission.TargetGate;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.function.LongFunction;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Says of a refusal, on demand, which value met which bound now, and what to do about it. */
record Explainer(Gates gates, LiveJob job) {
  String explain(Task<?> task, AgentGate agent, TargetGate target, Refused<?> refused) {
    return text(refused, facts(task, agent, target, refused));
  }

  static String text(Refused<?> refused, String facts) {
    String retry =
        refused.retryAfter().isZero()
            ? ""
            : "; retry after " + seconds(refused.retryAfter().toNanos());
    return refused.reason() + ": " + facts + refused.reason().advice() + retry;
  }

  /** Why a sub-job's budget could not be carved out of its parent's. */
  static String carveFacts(
      JobAccount.Reserve reserve, LiveJob parent, String id, JobSettings settings) {
    return switch (reserve) {
      case TOKENS ->
          String.format(
              Locale.ROOT,
              "sub-job %s needs %,d tokens, but job %s has %,d of its %,d left",
              id,
              settings.tokenBudget(),
              parent.id(),
              parent.tokensLeft(),
              parent.tokenBudget());
      case MONEY ->
          String.format(
              Locale.ROOT,
              "sub-job %s needs %s, but job %s has %s of its %s left",
              id,
              dollars(settings.moneyBudgetNanos()),
              parent.id(),
              dollars(parent.moneyLeft()),
              dollars(parent.moneyBudget()));
      case TASKS_FULL ->
          String.format(
              Locale.ROOT,
              "job %s has %,d of its %,d tasks and sub-jobs alive",
              parent.id(),
              parent.liveReservations(),
              parent.settings().maxTasks());
      case CLOSED, DONE -> "job " + parent.id();
    };
  }

  /** What a task wants that is parked at its job's budget, and what there is. */
  static String lacks(Reservation task) {
    LiveJob job = (LiveJob) task.account();
    StringJoiner left = new StringJoiner(" and ");
    if (job.tokenBudget() != JobSettings.UNLIMITED) {
      left.add(String.format(Locale.ROOT, "%,d tokens", job.tokensLeft(task.wrapsUp())));
    }
    if (job.moneyBudget() != JobSettings.UNLIMITED) {
      left.add(dollars(job.moneyLeft(task.wrapsUp())));
    }
    return String.format(
        Locale.ROOT,
        "needs %,d tokens and %s, and job %s has %s left; raise its budget, or what its agent or"
            + " all agents may spend",
        task.wantedTokens(),
        dollars(task.wantedMoneyNanos()),
        job.id(),
        left);
  }

  String explain(Task<?> task, TargetGate target, Outcome.Cancellation cause) {
    String why =
        cause == Outcome.Cancellation.BUDGET
            ? budget(task, target) + "Nobody raised it in time: wrap up, or ask for more"
            : "job " + job.id() + ", " + job.left();
    return cause + ": " + why;
  }

  private String budget(Task<?> task, TargetGate target) {
    boolean byTokens = job.tokensLeft(task.wrapsUp()) < tokens(task, target);
    return byTokens ? tokenBudget(task, target) : moneyBudget(task, target);
  }

  private String tokenBudget(Task<?> task, TargetGate target) {
    return String.format(
        Locale.ROOT,
        "needs %,d tokens, but job %s has %,d of its %,d left%s. ",
        tokens(task, target),
        job.id(),
        job.tokensLeft(),
        job.tokenBudget(),
        kept(task));
  }

  private String moneyBudget(Task<?> task, TargetGate target) {
    return String.format(
        Locale.ROOT,
        "needs %s, but job %s has %s of its %s left%s. ",
        dollars(money(task, target)),
        job.id(),
        dollars(job.moneyLeft()),
        dollars(job.moneyBudget()),
        kept(task));
  }

  private String facts(Task<?> task, AgentGate agent, TargetGate target, Refused<?> refused) {
    HeadgateSettings all = gates.settings();
    return switch (refused.reason()) {
      case TOKEN_BUDGET -> tokenBudget(task, target);
      case MONEY_BUDGET -> moneyBudget(task, target);
      case AGENT_TOKEN_LIMIT -> tokensLeft(task, target, "agent " + agent.id(), agent.spending());
      case GLOBAL_TOKEN_LIMIT -> tokensLeft(task, target, "all agents together", gates.spending());
      case AGENT_MONEY_LIMIT -> moneyLeft(task, target, "agent " + agent.id(), agent.spending());
      case GLOBAL_MONEY_LIMIT -> moneyLeft(task, target, "all agents together", gates.spending());
      case AGENT_MONEY_RATE ->
          moneyRate(task, agent, target, "agent " + agent.id(), agent.spending());
      case GLOBAL_MONEY_RATE ->
          moneyRate(task, agent, target, "all agents together", gates.spending());
      case JOB_TASKS_FULL ->
          String.format(
              Locale.ROOT,
              "job %s has %,d of its %,d tasks alive. ",
              job.id(),
              job.liveReservations(),
              job.settings().maxTasks());
      case AGENT_WAITING_ROOM_FULL ->
          String.format(
              Locale.ROOT,
              "agent %s has %,d tasks waiting, and its maxWaiting is %,d. ",
              agent.id(),
              agent.waitingRoom().taken(),
              agent.settings().maxWaiting());
      case WAITING_ROOM_FULL ->
          String.format(
              Locale.ROOT,
              "%,d tasks wait, and maxWaiting is %,d, of which new jobs may use %,d. ",
              gates.waitingRoom().taken(),
              all.maxWaiting(),
              all.maxWaitingNew());
      case AGENT_RATE ->
          String.format(
              Locale.ROOT,
              "needs %,d tokens, and agent %s gets %,d a minute. ",
              wanted(task, agent, target),
              agent.id(),
              agent.settings().tokensPerMinute());
      case GLOBAL_RATE ->
          String.format(
              Locale.ROOT,
              "needs %,d tokens, and all agents together get %,d a minute. ",
              wanted(task, agent, target),
              all.tokensPerMinute());
      case JOB_RATE ->
          String.format(
              Locale.ROOT,
              "needs %,d tokens, and job %s gets %s. ",
              wanted(task, agent, target),
              job.id(),
              perMinute(JobRates::tokensPerMinute, Explainer::number));
      case JOB_MONEY_RATE ->
          String.format(
              Locale.ROOT,
              "needs %s, and job %s may spend %s. ",
              dollars(wantedMoney(task, agent, target)),
              job.id(),
              perMinute(JobRates::microsPerMinute, Explainer::dollarsOfMicros));
      case EXCEEDS_BURST ->
          String.format(
              Locale.ROOT,
              "needs %,d tokens, but the bucket of agent %s holds %s and that of all agents %s%s%s."
                  + " ",
              wanted(task, agent, target),
              agent.id(),
              burst(agent.settings().tokensPerMinute(), agent.settings().burstTokens()),
              burst(all.tokensPerMinute(), all.burstTokens()),
              moneyBurst(task, agent, target),
              job.rates() == null ? "" : jobBurst(task, agent, target));
      case WOULD_EXPIRE ->
          String.format(
              Locale.ROOT,
              "would wait about %s for target %s, but may wait %s. ",
              seconds(target.estimatedWaitNs(agent, task.priority(), job.begun())),
              target.id(),
              task.ttlNanos() == Task.NO_TTL
                  ? seconds(job.remaining().toNanos())
                  : seconds(Math.min(task.ttlNanos(), job.remaining().toNanos())));
      case TARGET_OVERRUN ->
          String.format(
              Locale.ROOT,
              "target %s has at least %,d calls that ignored their deadline and still run. ",
              target.id(),
              target.settings().overrunLimit());
      case DEPTH ->
          String.format(
              Locale.ROOT,
              "calls of job %s may nest %,d deep. ",
              job.id(),
              job.settings().maxDepth());
      case FAN_OUT ->
          String.format(
              Locale.ROOT,
              "one call of job %s may submit %,d others. ",
              job.id(),
              job.settings().maxFanOut());
      case JOB_CALLS -> calls();
      case TARGET_CALLS -> calls(target);
      case LOOP -> loop(task, target);
      case JOB_CLOSED -> closed();
      case DEADLINE_PASSED -> String.format(Locale.ROOT, "job %s. ", job.id());
      case AGENT_PAUSED, AGENT_REMOVED -> String.format(Locale.ROOT, "agent %s. ", agent.id());
      case AGENT_CUT_OFF ->
          String.format(
              Locale.ROOT,
              "agent %s: too many of its last calls of target %s failed. ",
              agent.id(),
              target.id());
      case TARGET_UNAVAILABLE, TARGET_REMOVED ->
          String.format(Locale.ROOT, "target %s. ", target.id());
      case CLOSED, PAUSED, LEVEL, JOBS_FULL, RING_FULL, JOURNAL_BEHIND, NOT_RECOVERABLE -> "";
    };
  }

  private String kept(Task<?> task) {
    return task.wrapsUp() || job.settings().wrapUpPercent() == 0 ? "" : " (" + job.left() + ")";
  }

  private static String tokensLeft(
      Task<?> task, TargetGate target, String whose, @Nullable SpendingAccount account) {
    return account == null
        ? ""
        : String.format(
            Locale.ROOT,
            "needs %,d tokens, but %s may spend %,d more, of %,d. ",
            tokens(task, target),
            whose,
            account.tokensLeft(),
            account.limits().tokens());
  }

  private static String moneyLeft(
      Task<?> task, TargetGate target, String whose, @Nullable SpendingAccount account) {
    return account == null
        ? ""
        : String.format(
            Locale.ROOT,
            "needs %s, but %s may spend %s more, of %s. ",
            dollars(money(task, target)),
            whose,
            dollars(account.moneyLeft()),
            dollars(account.limits().moneyNanos()));
  }

  private String moneyRate(
      Task<?> task,
      AgentGate agent,
      TargetGate target,
      String whose,
      @Nullable SpendingAccount account) {
    return account == null
        ? ""
        : String.format(
            Locale.ROOT,
            "needs %s, and %s may spend %s a minute. ",
            dollars(wantedMoney(task, agent, target)),
            whose,
            dollarsOfMicros(account.limits().microsPerMinute()));
  }

  private String loop(Task<?> task, TargetGate target) {
    long now = job.clock().nanoTime();
    int period = job.loopPeriod(target, task.arguments(), now);
    if (period > 1) {
      return String.format(
          Locale.ROOT,
          "the last %,d calls went %,d times through the same %,d calls, and %s would be next"
              + " once more: ",
          period * target.settings().loopGuard().cycleRounds(),
          target.settings().loopGuard().cycleRounds(),
          period,
          target.id());
    }
    int times = job.sameCalls(target, task.arguments(), now);
    return times == 0
        ? String.format(Locale.ROOT, "target %s was called again and again: ", target.id())
        : String.format(
            Locale.ROOT,
            "target %s was called %,d %s with the same arguments: ",
            target.id(),
            times,
            times == 1 ? "time" : "times");
  }

  private String closed() {
    LiveJob of = first(JobAccount::isLoopedOut);
    return of.isLoopedOut()
        ? String.format(Locale.ROOT, "job %s was cut off after %,d loops. ", of.id(), of.loops())
        : String.format(Locale.ROOT, "job %s. ", job.id());
  }

  private String calls() {
    LiveJob of = first(JobAccount::hasAllItsCalls);
    return String.format(
        Locale.ROOT,
        "job %s has made %,d calls, and its maxCalls is %,d. ",
        of.id(),
        of.calls(),
        of.limits().maxCalls());
  }

  private String calls(TargetGate target) {
    int max = target.settings().maxCallsPerJob();
    LiveJob of = first(at -> at.calls(target) >= max);
    return String.format(
        Locale.ROOT,
        "job %s has called target %s %,d times, and its maxCallsPerJob is %,d. ",
        of.id(),
        target.id(),
        of.calls(target),
        max);
  }

  // It, or the first of those that it is a part of, for which that holds; what it says may be over.
  private LiveJob first(Predicate<JobAccount> refuses) {
    for (JobAccount at = job; at != null; at = at.parent()) {
      if (refuses.test(at)) {
        return (LiveJob) at;
      }
    }
    return job;
  }

  private String moneyBurst(Task<?> task, AgentGate agent, TargetGate target) {
    SpendingAccount ofAgent = agent.spending();
    SpendingAccount ofAll = gates.spending();
    long micros =
        Math.min(
            ofAgent == null ? SpendingLimits.UNLIMITED : ofAgent.limits().microsPerMinute(),
            ofAll == null ? SpendingLimits.UNLIMITED : ofAll.limits().microsPerMinute());
    return micros == SpendingLimits.UNLIMITED
        ? ""
        : String.format(
            Locale.ROOT,
            "; it needs %s, and a minute's money is %s",
            dollars(wantedMoney(task, agent, target)),
            dollarsOfMicros(micros));
  }

  // Its own, and those of the jobs that it is a part of.
  private String perMinute(ToLongFunction<JobRates> limit, LongFunction<String> text) {
    StringJoiner limits = new StringJoiner(" and ");
    for (JobAccount at = job; at != null; at = at.parent()) {
      JobRates own = at.ownRates();
      long value = own == null ? JobSettings.UNLIMITED : limit.applyAsLong(own);
      if (value != JobSettings.UNLIMITED) {
        String whole = at == job ? "" : " with all of job " + ((LiveJob) at).id();
        limits.add(text.apply(value) + " a minute" + whole);
      }
    }
    return limits.toString();
  }

  private String jobBurst(Task<?> task, AgentGate agent, TargetGate target) {
    String tokens = perMinute(JobRates::tokensPerMinute, Explainer::number);
    String money = perMinute(JobRates::microsPerMinute, Explainer::dollarsOfMicros);
    return (tokens.isEmpty() ? "" : "; job " + job.id() + " gets " + tokens)
        + (money.isEmpty()
            ? ""
            : "; it needs "
                + dollars(wantedMoney(task, agent, target))
                + ", and job "
                + job.id()
                + " may spend "
                + money);
  }

  private static String number(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  private static String burst(long tokensPerMinute, long burstTokens) {
    if (tokensPerMinute == AgentSettings.NO_RATE) {
      return "any number";
    }
    return String.format(
        Locale.ROOT,
        "%,d",
        burstTokens == AgentSettings.ONE_MINUTE ? tokensPerMinute : burstTokens);
  }

  // The least that would do.
  private static long tokens(Task<?> task, TargetGate target) {
    return task.estimate().inputTokens() + leastOutput(task.estimate(), target);
  }

  // A bucket is asked for the cap that the budget allows.
  private long wanted(Task<?> task, AgentGate agent, TargetGate target) {
    return task.estimate().inputTokens()
        + gates.outputCap(
            task.estimate(), agent, target, job, target.settings().price(), task.wrapsUp());
  }

  private long wantedMoney(Task<?> task, AgentGate agent, TargetGate target) {
    long input = task.estimate().inputTokens();
    return target.settings().price().costNanos(input, wanted(task, agent, target) - input);
  }

  private static long money(Task<?> task, TargetGate target) {
    return target
        .settings()
        .price()
        .costNanos(task.estimate().inputTokens(), leastOutput(task.estimate(), target));
  }

  private static long leastOutput(Estimate estimate, TargetGate target) {
    if (estimate.minOutputTokens() > 0) {
      return estimate.minOutputTokens();
    }
    return estimate.maxOutputTokens() == Estimate.TARGET_MAXIMUM
        ? Math.min(1, target.settings().maxOutputTokens())
        : Math.min(1, estimate.maxOutputTokens());
  }

  private static String dollarsOfMicros(long micros) {
    return String.format(Locale.ROOT, "$%.6f", micros / 1e6);
  }

  private static String dollars(long nanos) {
    return String.format(Locale.ROOT, "$%.6f", nanos / 1e9);
  }

  private static String seconds(long nanos) {
    return String.format(Locale.ROOT, "%.3f s", nanos / 1e9);
  }
}
