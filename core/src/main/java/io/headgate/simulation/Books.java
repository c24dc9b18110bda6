package io.headgate.simulation;

import io.headgate.BurnPolicy;
import io.headgate.JobSettings;
import io.headgate.ParkPolicy;
import io.headgate.TargetSettings;
import io.headgate.engine.AttemptReport;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the referee keeps by itself: counts of places, permits and tokens, from the design alone.
 */
final class Books {
  private Books() {}

  /** Where a task stands at the engine. */
  enum State {
    WAITING,
    RUNNING,
    SUSPENDED,
    RESUMING,
    /** Its attempt is over, and its hedge is not. */
    LEFT_TO_HEDGE,
    GONE
  }

  /** The books of an agent, of a target, or of all together. */
  static final class Party {
    final String name;
    final int index;

    /** Its own at admission; all together have none. */
    final @Nullable Object gate;

    int maxInFlight = Integer.MAX_VALUE;
    int maxOverruns = Integer.MAX_VALUE;

    /** What it may run at its first rung by its adaptive limit. */
    int permits = Integer.MAX_VALUE;

    long weight = 1;
    int maxWaiting = Integer.MAX_VALUE;
    ParkPolicy park = ParkPolicy.OFF;

    /** An operator holds it up. */
    boolean held;

    /** Until when, by what the operator said. */
    long heldUntilNs;

    BurnPolicy burn = BurnPolicy.OFF;

    /** Of a target, as the engine knows them. */
    @Nullable TargetSettings target;

    /** First attempts and further ones. */
    long firsts;

    long retries;
    boolean gone;
    boolean set;
    boolean changed;

    /** Whether its counts at the engine were changed since they were last compared. */
    boolean touched;

    /** Places taken at the gates. */
    long atGates;

    int waiting;

    /** Of those, the ones that neither back off nor are parked. */
    int queued;

    int running;
    int claimed;
    int overruns;
    int live;
    long reservedTokens;
    long spentTokens;

    /** Tokens served, over the weight at that time. */
    double served;

    /** How often its served tokens were changed. */
    long servings;

    /** How often its last waiting task left. */
    int emptied;

    /** Goes on whenever what it was served may have been forgiven, wholly or in part. */
    long period;

    Bucket bucket = new Bucket();
    final WasteBooks waste = new WasteBooks();
    final MinuteBooks minutes = new MinuteBooks();
    final LimitBooks limits = new LimitBooks();

    Party(String name, int index, @Nullable Object gate) {
      this.name = name;
      this.index = index;
      this.gate = gate;
    }

    boolean hasPermit() {
      return running + claimed < maxInFlight;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /**
   * Two agents, while neither is forgiven anything: how far the one was ahead of the other, at most
   * as it started in spite of the other, and at least as the other did in spite of it.
   */
  static final class Rivals {
    final long periodOfOne;
    final long periodOfOther;
    double mostAsOneStarted = Double.NEGATIVE_INFINITY;
    double leastAsOtherStarted = Double.POSITIVE_INFINITY;

    Rivals(Party one, Party other) {
      periodOfOne = one.period;
      periodOfOther = other.period;
    }

    boolean isOf(Party one, Party other) {
      return periodOfOne == one.period && periodOfOther == other.period;
    }
  }

  /** A bucket by plain arithmetic: the tokens that are missing in it. */
  static final class Bucket {
    boolean rated;
    double tokensPerNs;
    double burst;
    double missing;
    long atNs;

    /**
     * By how much more may be counted as missing than is: a take that was noted late, by a
     * submitter that was held up, came in truth before what was given back or dripped in meanwhile.
     */
    double doubt;

    /** The same for too little: a debt that was noted before it was made. */
    double doubtOfLess;

    /** Debts that were noted, and may not be made yet. */
    long openDebt;

    /** When the last of those is made, at the latest. */
    long latestDebtNs;

    long givenBackNs;

    /** Takes since it was full. */
    long takes;

    /** Its rate was changed: from now on it is only looked at, no longer compared. */
    boolean changed;

    void fill(long nowNs) {
      if (nowNs > atNs) {
        // What is made late drips later than what is counted.
        double late = (nowNs - Math.max(atNs, latestDebtNs)) * tokensPerNs - missing;
        doubtOfLess = Math.max(0, doubtOfLess - Math.max(0, late));
        missing = Math.max(0, missing - (nowNs - atNs) * tokensPerNs);
        atNs = nowNs;
      }
      if (missing == 0) {
        doubt = 0;
        takes = 0;
      }
    }

    /**
     * @param undisturbed whether it was noted as it was made, with nothing in between
     * @param others whether others have been between two steps of theirs meanwhile
     */
    void take(long tokens, long nowNs, boolean undisturbed, boolean others) {
      fill(nowNs);
      missing += tokens;
      takes++;
      boolean noted = undisturbed || (!others && givenBackNs < nowNs);
      doubt += (atNs - nowNs) * tokensPerNs + (noted ? 0 : tokens);
    }

    /**
     * @param nowNs as the settlement has it
     * @param notedNs when it is noted, which may be later
     * @param doneNs when it is done at the latest, if others are between two steps of theirs
     */
    void settle(long held, long actual, long nowNs, long notedNs, boolean others, long doneNs) {
      if (actual <= held) {
        givenBackNs = Math.max(givenBackNs, notedNs);
        missing = Math.max(0, missing - (held - actual));
        if (others) {
          mayComeLater(openDebt, doneNs);
        }
      } else {
        long debt = actual - held;
        fill(nowNs);
        missing += debt;
        openDebt = others ? openDebt + debt : debt;
        if (others) {
          doubt += debt;
          mayComeLater(debt, doneNs);
        }
      }
    }

    // After what is given back now, of which then a part falls beside a bucket that is full.
    private void mayComeLater(long debt, long doneNs) {
      doubtOfLess += debt;
      latestDebtNs = Math.max(latestDebtNs, doneNs);
    }
  }

  /** The books of a job. */
  static final class JobBooks {
    final VirtualJob job;
    final @Nullable JobBooks parent;
    final List<JobBooks> children = new ArrayList<>();
    final Map<VirtualTask, TaskBooks> waiting = new HashMap<>();

    // At the gates.
    long begunNs;
    boolean begunAtGates;
    final LoopBooks loops;
    long reserved;
    long spent;
    long reservedMoney;
    long spentMoney;
    int live;
    boolean shut;
    boolean overspent;
    boolean returned;

    // At the engine.
    boolean open = true;
    boolean begun;
    boolean retired;
    int tasks;

    /** Parked tasks for which its clock stands still, since when, and its deadline without that. */
    int standing;

    long stoodFromNs;
    long deadlineNs;
    boolean everStood;
    long engineSpent;
    long engineSpentMoney;
    final WasteBooks waste = new WasteBooks();
    final MinuteBooks minutes = new MinuteBooks();

    /** The share for wrapping up, and whether that was ever another. */
    int keptPercent;

    boolean keptChanged;

    /** Its own limits a minute, at the gates. */
    final Bucket tokenRate = new Bucket();

    final Bucket moneyRate = new Bucket();

    JobBooks(VirtualJob job, @Nullable JobBooks parent) {
      this.job = job;
      this.parent = parent;
      this.deadlineNs = job.deadlineNs();
      this.keptPercent = job.settings.wrapUpPercent();
      this.loops = new LoopBooks(job.settings, parent == null ? null : parent.loops);
      rate(tokenRate, job.settings.tokensPerMinute());
      rate(moneyRate, job.settings.microsPerMinute());
    }

    private static void rate(Bucket bucket, long perMinute) {
      bucket.rated = perMinute != JobSettings.UNLIMITED;
      bucket.tokensPerNs = perMinute / 60e9;
      bucket.burst = perMinute;
    }

    /** Takes of its own buckets, and of those of the jobs that it is a part of. */
    void takeRates(long tokens, long money, long nowNs, boolean undisturbed, boolean others) {
      for (JobBooks at = this; at != null; at = at.parent) {
        if (at.tokenRate.rated) {
          at.tokenRate.take(tokens, nowNs, undisturbed, others);
        }
        if (at.moneyRate.rated) {
          at.moneyRate.take(LimitBooks.micros(money), nowNs, undisturbed, others);
        }
      }
    }

    void settleRates(
        long tokens,
        long usedTokens,
        long money,
        long usedMoney,
        long nowNs,
        long notedNs,
        boolean others,
        long doneNs) {
      for (JobBooks at = this; at != null; at = at.parent) {
        if (at.tokenRate.rated) {
          at.tokenRate.settle(tokens, usedTokens, nowNs, notedNs, others, doneNs);
        }
        if (at.moneyRate.rated) {
          long held = LimitBooks.micros(money);
          long used = LimitBooks.micros(usedMoney);
          at.moneyRate.settle(held, used, nowNs, notedNs, others, doneNs);
        }
      }
    }

    /** Whether no wait would let a call of so many tokens, or of so much money, in. */
    boolean exceedsBurst(long tokens, long money) {
      for (JobBooks at = this; at != null; at = at.parent) {
        if (tokens > at.tokenRate.burst || LimitBooks.micros(money) > at.moneyRate.burst) {
          return true;
        }
      }
      return false;
    }

    /** Whether tokens, or money, are limited a minute. */
    boolean isRated(boolean money) {
      for (JobBooks at = this; at != null; at = at.parent) {
        if (money ? at.moneyRate.rated : at.tokenRate.rated) {
          return true;
        }
      }
      return false;
    }

    boolean tokensBounded() {
      return job.tokenBudget() != JobSettings.UNLIMITED;
    }

    boolean moneyBounded() {
      return job.moneyBudget() != JobSettings.UNLIMITED;
    }
  }

  /** The books of a task. */
  static final class TaskBooks {
    private static final int[] NO_SPELLS = {0, 0};

    final VirtualTask task;
    final Party agent;
    final Party target;
    final JobBooks job;
    final long dueNs;
    State state = State.WAITING;
    boolean ended;
    boolean overrun;
    int lane;
    int join;
    long deadlineNs;
    double served;
    int emptiedBefore;

    /** Attempts that have started. */
    int attempts;

    /** Waits for its next attempt's time. */
    boolean backsOff;

    boolean parked;

    /** Its TTL stands still. */
    boolean stands;

    /** It was parked before, or there was no room to. */
    boolean asked;

    /** Its time is not its target's alone: it was held for a human. */
    boolean wasParked;

    /** It goes on where it costs nothing, since its job's budget does not cover another rung. */
    boolean unpaid;

    /** An operator, or its policy, refused it. */
    boolean declined;

    /** Where its TTL is to end, if its clock stood still; -1 if it did not. */
    long movedStartByNs = -1;

    long againNs;
    long startedNs;
    boolean timedOut;

    /** It did not end when it was told to, and another attempt is to begin beside it. */
    boolean givenUp;

    boolean judged;

    /** The rung of its attempt, and the first at which the next may start. */
    int rung;

    int leastRung;

    /** Whether it waits for the first rung's pace, and until when. */
    boolean patient;

    /** With which probes it is let through, while it waits for a permit. */
    int part;

    long patientUntilNs;

    /** No longer than until then, if nobody holds it up. */
    long patientAtMostNs = Long.MAX_VALUE;

    /** It gave back what a dearer rung would have cost. */
    boolean cheaper;

    /** After which its attempt counts as slow, though it still runs. */
    long lateNs;

    /** A second attempt was wanted, the one that runs, and of which it is one. */
    boolean hedged;

    @Nullable TaskBooks hedge;
    @Nullable TaskBooks hedgeOf;

    /** Its hedge was faster. */
    boolean lost;

    /** Of how many calls of its target the end was known when it started. */
    int runsSeen;

    @Nullable AttemptReport report;

    /** Of the last call that was made. */
    @Nullable AttemptReport lastReport;

    /** That came after its time-out. */
    boolean lastTimedOut;

    int[] spells = NO_SPELLS;
    @Nullable TaskBooks waitsFor;
    final List<TaskBooks> waiters = new ArrayList<>(0);

    TaskBooks(VirtualTask task, Party agent, Party target, JobBooks job, long dueNs) {
      this.task = task;
      this.agent = agent;
      this.target = target;
      this.job = job;
      this.dueNs = dueNs;
      this.leastRung = task.reservedRung();
    }

    /** It is a second attempt below one that does not end. */
    boolean isBeside() {
      return task.original() != task && task.isDegradable();
    }

    long startByNs() {
      return Math.min(stands ? Long.MAX_VALUE : task.startByNs(), job.job.deadlineNs());
    }

    @Override
    public String toString() {
      return task + " of " + agent + " at " + target;
    }
  }

  /**
   * When something must have happened to a task, while it is in this state.
   *
   * @param waits whether it is to start until then, else to end
   */
  record Due(TaskBooks task, boolean waits, int attempts, long ns) {
    static Due of(TaskBooks task) {
      boolean waits = task.state == State.WAITING;
      return new Due(task, waits, task.attempts, waits ? task.startByNs() : task.deadlineNs);
    }

    /** Whether there is more time now than it says. */
    boolean isMoved() {
      return waits && task.startByNs() > ns;
    }

    boolean isOver() {
      return task.ended
          || task.state == State.GONE
          || attempts != task.attempts
          || task.timedOut
          || waits != (task.state == State.WAITING);
    }
  }

  /**
   * Flows in which somebody waits. Of many, {@link #some} shows a few, others each time: with
   * hundreds of agents each is looked at by and by.
   */
  static final class Lane {
    private static final int FEW = 64;
    private static final int SOME = 16;

    private final List<Flow> flows = new ArrayList<>();
    private int next;

    void add(Flow flow) {
      flow.at = flows.size();
      flows.add(flow);
    }

    void remove(Flow flow) {
      Flow last = flows.removeLast();
      if (last != flow) {
        flows.set(flow.at, last);
        last.at = flow.at;
      }
    }

    /** All if they are few, else the next few. */
    List<Flow> some() {
      if (flows.size() <= FEW) {
        return flows;
      }
      // The last few are shown with some of those before them.
      int from = next >= flows.size() ? 0 : Math.min(next, flows.size() - SOME);
      next = from + SOME;
      return flows.subList(from, from + SOME);
    }
  }

  /** Tasks of one agent, target and lane, in the order in which they are to start. */
  static final class Flow {
    final Party agent;
    final Party target;
    final int lane;
    final int leastRung;
    final boolean degradable;
    final boolean patient;
    final int part;
    int at;
    final TreeSet<TaskBooks> tasks =
        new TreeSet<>(
            (one, other) -> {
              int byDue = Long.compare(one.dueNs, other.dueNs);
              return byDue != 0 ? byDue : Long.compare(one.task.taskId(), other.task.taskId());
            });

    final SequencedSet<TaskBooks> byArrival = new LinkedHashSet<>();

    Flow(TaskBooks task) {
      this.agent = task.agent;
      this.target = task.target;
      this.lane = task.lane;
      this.leastRung = task.leastRung;
      this.degradable = task.task.isDegradable();
      this.patient = task.patient;
      this.part = task.part;
    }
  }
}
