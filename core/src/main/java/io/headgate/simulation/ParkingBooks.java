package io.headgate.simulation;

import static io.headgate.simulation.Violation.check;

import io.headgate.HeadgateSettings;
import io.headgate.ParkPolicy;
import io.headgate.ParkPolicy.Trigger;
import io.headgate.ParkReason;
import io.headgate.TargetSettings;
import io.headgate.engine.Unparked;
import io.headgate.simulation.Books.JobBooks;
import io.headgate.simulation.Books.Party;
import io.headgate.simulation.Books.TaskBooks;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the referee keeps of work that is held for a human, from the design alone: what is to be
 * parked is, and nothing else; it is bounded; its action follows at its time; and clocks stand
 * still for as long as they are to.
 */
final class ParkingBooks {
  private static final long HOUR_NS = 3_600_000_000_000L;

  /** One that is parked. */
  private record Parked(ParkPolicy policy, ParkReason reason, long sinceNs, long startByNs) {
    long actionNs() {
      return sinceNs + policy.after().toNanos();
    }
  }

  private int maxParked;
  private long maxParkedTokens;
  private final Map<TaskBooks, Parked> parked = new LinkedHashMap<>();

  /** Who is to be parked before anything else happens to it, and why. */
  private final Map<TaskBooks, ParkReason> expected = new LinkedHashMap<>();

  private final Map<Party, Deque<Long>> cutOffs = new HashMap<>();
  private long tokens;

  ParkingBooks(HeadgateSettings settings) {
    maxParked = settings.maxParked();
    maxParkedTokens = settings.maxParkedTokens();
  }

  /** Other bounds from now on; answers whether more is parked than they allow. */
  boolean limit(int maxParked, long maxParkedTokens) {
    this.maxParked = maxParked;
    this.maxParkedTokens = maxParkedTokens;
    return parked.size() > maxParked || tokens > maxParkedTokens;
  }

  // ---- who is to be parked

  void admitted(TaskBooks task, long nowNs) {
    expect(task, nowNs);
  }

  /** Its job's budget covers it now: if anything else is to be asked, it is asked at once. */
  void funded(TaskBooks task, long nowNs) {
    expect(task, task.asked ? null : reason(task, nowNs));
  }

  /** It is to be tried again, and its job's budget does not cover that. */
  void lacksForRetry(TaskBooks task) {
    expected.put(task, ParkReason.BUDGET);
  }

  /** Whether no more may be parked. */
  boolean isFull() {
    return parked.size() >= maxParked;
  }

  boolean isParked(TaskBooks task, ParkReason reason) {
    Parked of = parked.get(task);
    return of != null && of.reason == reason;
  }

  private void expect(TaskBooks task, long nowNs) {
    boolean lacks = task.task.isUnfunded() && !task.unpaid;
    expect(task, lacks ? ParkReason.BUDGET : task.asked ? null : reason(task, nowNs));
  }

  private void expect(TaskBooks task, @Nullable ParkReason reason) {
    if (reason != null) {
      expected.put(task, reason);
    }
  }

  private @Nullable ParkReason reason(TaskBooks task, long nowNs) {
    TargetSettings target = task.target.target;
    ParkPolicy ofTarget = target == null ? ParkPolicy.OFF : target.park();
    if (ofTarget.trigger() == Trigger.PRICE) {
      if (ofTarget.threshold() == ParkPolicy.ANY_PRICE) {
        return ParkReason.ASK_FIRST;
      }
      if (!task.unpaid && task.task.wantedMoneyNanos() > ofTarget.threshold()) {
        return ParkReason.PRICE;
      }
    }
    if (task.task.isOfLoopedJob() && !task.task.job().settings.park().isOff()) {
      return ParkReason.LOOPS;
    }
    return isParked(task.agent, nowNs) ? ParkReason.CUT_OFFS : null;
  }

  private boolean isParked(Party agent, long nowNs) {
    ParkPolicy policy = agent.park;
    Deque<Long> times = cutOffs.get(agent);
    if (policy.trigger() != Trigger.CUT_OFFS || times == null) {
      return false;
    }
    return times.stream().filter(at -> at >= nowNs - HOUR_NS).count() >= policy.threshold();
  }

  /** The agent was cut off from a target; of those that wait, the ones that never started. */
  void cutOff(Party agent, Iterable<TaskBooks> waiting, long nowNs) {
    cutOffs.computeIfAbsent(agent, a -> new ArrayDeque<>()).add(nowNs);
    // Else who waits is not looked at, and one that goes on with a static answer was not asked for.
    if (!isParked(agent, nowNs)) {
      return;
    }
    for (TaskBooks task : waiting) {
      if (task.agent == agent
          && task.state == Books.State.WAITING
          && task.attempts == 0
          && !task.ended
          && !parked.containsKey(task)
          && !expected.containsKey(task)) {
        expect(task, nowNs);
      }
    }
  }

  void forgiven(Party agent) {
    cutOffs.remove(agent);
  }

  // ---- what becomes of it

  void parked(TaskBooks task, ParkReason reason, ParkPolicy policy, long actionNs, long nowNs) {
    ParkReason wanted = expected.remove(task);
    check(wanted == reason, "{} is parked for {}, and not for {}", task, reason, wanted);
    check(
        (reason == ParkReason.BUDGET) == (task.task.isUnfunded() && !task.unpaid),
        "{} is parked for {}, and holds {} tokens",
        task,
        reason,
        task.task.tokens());
    check(
        reason != ParkReason.BUDGET || policy.equals(task.task.job().ruleAtBudget),
        "{} is parked by {}, which is not its job's last rule for that",
        task,
        policy);
    check(
        reason != ParkReason.LOOPS || policy.equals(task.task.job().settings.park()),
        "{} is parked by {}, which is not its job's rule now",
        task,
        policy);
    hold(task, policy, reason, nowNs);
    check(parked.size() <= maxParked, "{} tasks are parked", parked.size());
    check(task.task.tokens() == 0 || tokens <= maxParkedTokens, "{} tokens are parked", tokens);
    check(actionNs == nowNs + policy.after().toNanos(), "{}: its action is at {}", task, actionNs);
  }

  private void hold(TaskBooks task, ParkPolicy policy, ParkReason reason, long nowNs) {
    task.asked |= reason != ParkReason.BUDGET;
    task.wasParked = true;
    task.parked = true;
    task.stands = policy.clockStands();
    parked.put(task, new Parked(policy, reason, nowNs, task.task.startByNs()));
    tokens += task.task.tokens();
    if (policy.clockStands()) {
      for (JobBooks job = task.job; job != null; job = job.parent) {
        if (job.standing++ == 0) {
          job.stoodFromNs = nowNs;
          job.everStood = true;
        }
      }
    }
  }

  /** Answers whether it was really parked, and not only to be. */
  boolean unparked(TaskBooks task, ParkPolicy.Action action, Unparked by, long nowNs) {
    if (by == Unparked.NO_ROOM) {
      ParkReason reason = expected.remove(task);
      check(reason != null, "{} was not to be parked", task);
      check(
          parked.size() >= maxParked
              || (task.task.tokens() > 0 && tokens + task.task.tokens() > maxParkedTokens),
          "{} finds no room, and {} tasks with {} tokens are parked",
          task,
          parked.size(),
          tokens);
      task.asked |= reason != ParkReason.BUDGET;
      return false;
    }
    Parked of = parked.get(task);
    if (of == null) {
      throw new Violation(task + " goes on, and was not parked");
    }
    check(
        by != Unparked.FUNDED || of.reason == ParkReason.BUDGET,
        "{} was paid for, and is parked for {}",
        task,
        of.reason);
    check(
        of.reason != ParkReason.BUDGET || action != ParkPolicy.Action.RUN || by == Unparked.FUNDED,
        "{} runs, and nobody pays",
        task);
    if (by == Unparked.TIME) {
      check(nowNs == of.actionNs(), "{} acts at {}, not at {}", task, nowNs, of.actionNs());
      check(action == of.policy.action(), "{} comes to {}", task, action);
    }
    return true;
  }

  /** It is no longer parked; to be called where the engine lets its clocks go on. */
  void goOn(TaskBooks task, long nowNs) {
    Parked of = parked.remove(task);
    if (of == null) {
      return;
    }
    task.parked = false;
    task.stands = false;
    tokens -= task.task.tokens();
    if (of.policy.clockStands()) {
      if (of.startByNs != Long.MAX_VALUE) {
        task.movedStartByNs = of.startByNs + nowNs - of.sinceNs;
      }
      for (JobBooks job = task.job; job != null; job = job.parent) {
        if (--job.standing == 0) {
          job.deadlineNs += nowNs - job.stoodFromNs;
        }
      }
    }
  }

  void ended(TaskBooks task, long nowNs) {
    expected.remove(task);
    goOn(task, nowNs);
  }

  /**
   * Who starts was neither to be parked nor is, and its TTL was moved as far as its clock stood.
   */
  void started(TaskBooks task) {
    check(!expected.containsKey(task), "{} started, and was to be parked", task);
    check(!parked.containsKey(task), "{} started, and is parked", task);
    check(
        task.movedStartByNs < 0 || task.movedStartByNs == task.task.startByNs(),
        "{}: its TTL was moved to {}, not to {}",
        task,
        task.task.startByNs(),
        task.movedStartByNs);
  }

  void turnOver(long nowNs) {
    check(expected.isEmpty(), "{} were to be parked", expected);
    parked.forEach(
        (task, of) ->
            check(
                of.actionNs() >= nowNs,
                "{} is parked, and nobody came, since {} ns",
                task,
                nowNs - of.actionNs()));
  }
}
