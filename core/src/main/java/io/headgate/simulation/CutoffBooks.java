package io.headgate.simulation;

import static io.headgate.simulation.Violation.check;

import io.headgate.BreakerPolicy;
import io.headgate.CallClass;
import io.headgate.DegradationPolicy;
import io.headgate.TargetSettings;
import io.headgate.engine.BreakerState;
import io.headgate.simulation.Books.Party;
import io.headgate.simulation.Books.TaskBooks;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the referee keeps of breakers and pauses, from the design alone: nothing starts where it is
 * cut off, no more probes than allowed, no opening without failures, none left out after a row of
 * them.
 */
final class CutoffBooks {
  /**
   * A row of failures after which no test can still call it chance, at any of the swarm's settings.
   */
  private static final int ROW = 80;

  /** Time-outs in a row that may be congestion: with more, most of the last calls are lost. */
  private static final int EXCUSED = 32;

  /** Failures in a row after which no window is asked any more. */
  private static final long CERTAIN = 8;

  private static final double LONGEST_JITTER = 1.25;

  /** It is let through with its agent's probe that submitted it; a lower bit: with its rung's. */
  private static final int PART_OF_AGENTS = 1 << DegradationPolicy.MAX_RUNGS;

  /** One breaker's. */
  private static final class OfOne {
    BreakerState state = BreakerState.CLOSED;
    int spell;
    int probes;
    int parts;
    int failures;
    int slow;
    int row;
    long rowFromNs;

    /** Calls in a row that timed out, but for rejected ones among them. */
    int timedOut;

    long untilNs;

    /** An operator's word: to open or to close it, and until when it stays closed. */
    @Nullable Boolean forced;

    long keptClosedUntilNs;

    /** When that word is to be over by itself; 0 if none is left. */
    long wordUntilNs;
  }

  /** Of which breaker, and which time half open, somebody's call is a probe. */
  record Opening(Object breaker, int spell) {}

  private final Map<Long, OfOne> breakers = new HashMap<>();
  private final Map<Party, Long> pauses = new HashMap<>();

  private OfOne of(Party target, @Nullable Party agent) {
    return of(target, agent, 0);
  }

  private OfOne of(Party target, @Nullable Party agent, int rung) {
    long key = ((long) target.index << 32) | (agent == null ? (-1L >>> 32) - rung : agent.index);
    return breakers.computeIfAbsent(key, k -> new OfOne());
  }

  private static TargetSettings settings(Party target) {
    TargetSettings settings = target.target;
    if (settings == null) {
      throw new Violation(target + " has no settings");
    }
    return settings;
  }

  private static BreakerPolicy policy(Party target, @Nullable Party agent) {
    if (agent != null) {
      return settings(target).agentBreaker();
    }
    DegradationPolicy ladder = settings(target).degradation();
    BreakerPolicy policy = settings(target).breaker();
    return ladder.isOff() ? policy : ladder.breaker(policy);
  }

  boolean mayStart(Party target, Party agent, int part) {
    return !pauses.containsKey(target) && servesPart(target, agent, part);
  }

  private boolean servesPart(Party target, Party agent, int part) {
    return ((part & 1) != 0 || passes(target, null, 0))
        && ((part & PART_OF_AGENTS) != 0 || passes(target, agent, 0));
  }

  /** With which probes that run the task is let through, by who submitted it. */
  int partOf(TaskBooks task) {
    int part = isOn(task, of(task.target, task.agent)) ? PART_OF_AGENTS : 0;
    for (int rung = 0; rung < settings(task.target).degradation().size(); rung++) {
      part |= isOn(task, of(task.target, null, rung)) ? 1 << rung : 0;
    }
    return part;
  }

  private static boolean isOn(TaskBooks task, OfOne of) {
    return of.state == BreakerState.HALF_OPEN
        && task.task.openings.contains(new Opening(of, of.spell));
  }

  /** Whether a rung of its ladder lets anybody start now. */
  boolean serves(Party target, int rung) {
    boolean isStatic = settings(target).degradation().isStatic(rung);
    return (rung > 0 || !pauses.containsKey(target)) && (isStatic || passes(target, null, rung));
  }

  /** Whether the rung lets this agent start now. */
  boolean serves(Party target, Party agent, int rung, int part) {
    if (rung > 0) {
      return (part >> rung & 1) != 0 || serves(target, rung);
    }
    return mayStart(target, agent, part);
  }

  private boolean passes(Party target, @Nullable Party agent, int rung) {
    OfOne of = of(target, agent, rung);
    return switch (of.state) {
      case CLOSED -> true;
      case OPEN -> false;
      case HALF_OPEN -> of.probes < policy(target, agent).probes();
    };
  }

  /** Whether everybody is cut off, or lets probes through. */
  boolean isCutOff(Party target) {
    return of(target, null).state != BreakerState.CLOSED;
  }

  boolean isClosed(Party target, Party agent) {
    return of(target, null).state == BreakerState.CLOSED
        && of(target, agent).state == BreakerState.CLOSED;
  }

  /** An attempt starts; answers the spells of which it is a probe, negative if as part of one. */
  int[] started(TaskBooks task) {
    Party target = task.target;
    task.task.handsOn = new ArrayList<>(task.task.openings);
    boolean part = (task.part >> task.rung & 1) != 0;
    if (task.rung > 0) {
      DegradationPolicy ladder = settings(target).degradation();
      // its rung may outlast a ladder
      boolean watched = !ladder.isOff() && !ladder.isStatic(task.rung);
      return new int[] {watched ? startedIn(task, of(target, null, task.rung), part) : 0, 0};
    }
    boolean partOfAgents = (task.part & PART_OF_AGENTS) != 0;
    return new int[] {
      startedIn(task, of(target, null), part), startedIn(task, of(target, task.agent), partOfAgents)
    };
  }

  private static int startedIn(TaskBooks task, OfOne of, boolean part) {
    if (of.state != BreakerState.HALF_OPEN) {
      return 0;
    }
    if (part) {
      of.parts++;
      return -of.spell;
    }
    task.task.handsOn.add(new Opening(of, of.spell));
    of.probes++;
    return of.spell;
  }

  /**
   * A call has ended, or its time is over, before the engine hears of it.
   *
   * @param perhaps whether its end may be its target's limit's, and no failure
   */
  void ended(TaskBooks task, CallClass end, boolean perhaps, long ranNs, long nowNs) {
    Party target = task.target;
    Party agent = task.agent;
    int[] spells = task.spells;
    // Its rung was told that it is slow while it still ran, and of its end no more.
    CallClass ofRung = nowNs > task.lateNs ? CallClass.OK : end;
    if (task.rung > 0) {
      OfOne ofLower = of(target, null, task.rung);
      endedIn(ofLower, policy(target, null), ofRung, false, ranNs, spells[0], nowNs);
      return;
    }
    endedIn(of(target, null), policy(target, null), ofRung, perhaps, ranNs, spells[0], nowNs);
    endedIn(of(target, agent), policy(target, agent), end, perhaps, ranNs, spells[1], nowNs);
  }

  private static void endedIn(
      OfOne of,
      BreakerPolicy policy,
      CallClass end,
      boolean perhaps,
      long ranNs,
      int spell,
      long nowNs) {
    if (end == CallClass.CANCELLED) {
      if (of.state == BreakerState.HALF_OPEN && spell == of.spell) {
        of.probes--;
      }
      return;
    }
    boolean failed = policy.counted().contains(end);
    boolean slow = end == CallClass.TIMED_OUT || ranNs >= policy.slowCall().toNanos();
    if (of.state == BreakerState.CLOSED || Math.abs(spell) == of.spell) {
      of.failures += failed ? 1 : 0;
      of.slow += slow ? 1 : 0;
      boolean excused = perhaps && spell == 0;
      if (excused && end == CallClass.TIMED_OUT && ++of.timedOut > EXCUSED) {
        excused = false;
      }
      if (!excused) {
        of.row = failed ? of.row + 1 : 0;
        of.rowFromNs = of.row == 1 ? nowNs : of.rowFromNs;
        of.timedOut = end == CallClass.TIMED_OUT ? of.timedOut : 0;
      }
    }
  }

  /** After the engine has heard of it. */
  void judged(Party target, Party agent, long nowNs) {
    OfOne of = of(target, agent);
    BreakerPolicy policy = policy(target, agent);
    check(
        of.state != BreakerState.CLOSED
            || nowNs <= of.keptClosedUntilNs + policy.window().toNanos()
            || of.row < Math.max(ROW, policy.minCalls())
            || nowNs - of.rowFromNs > policy.window().toNanos() / 2,
        "{} failed {} times in a row at {}, and is not cut off",
        agent,
        of.row,
        target);
  }

  /**
   * A breaker has changed its state.
   *
   * @param late calls of the rung that still run, and count as slow already
   */
  void changed(
      Party target,
      @Nullable Party agent,
      int rung,
      int late,
      BreakerState state,
      long untilNs,
      long nowNs) {
    OfOne of = of(target, agent, rung);
    boolean forced = of.forced != null && of.forced == (state == BreakerState.OPEN);
    if (forced && state != BreakerState.HALF_OPEN) {
      check(state == BreakerState.CLOSED || untilNs == of.untilNs, "{}: opens oddly", target);
      of.untilNs = Math.max(untilNs, nowNs); // the word may have been so long on its way
      of.wordUntilNs = Math.max(of.wordUntilNs, nowNs);
      of.spell++;
    } else {
      checkTurn(of, target, agent, late, state, untilNs, nowNs);
    }
    of.forced = null;
    of.state = state;
    of.probes = 0;
    of.parts = 0;
    of.failures = 0;
    of.slow = 0;
    of.row = 0;
    of.timedOut = 0;
  }

  private static void checkTurn(
      OfOne of,
      Party target,
      @Nullable Party agent,
      int late,
      BreakerState state,
      long untilNs,
      long nowNs) {
    BreakerPolicy policy = policy(target, agent);
    switch (state) {
      case OPEN -> {
        check(nowNs >= of.keptClosedUntilNs, "{}: opened, and an operator keeps it closed", target);
        check(of.wordUntilNs == 0, "{}: opened, and an operator's word holds", target);
        check(of.state != BreakerState.OPEN, "{}: opened twice", target);
        boolean closed = of.state == BreakerState.CLOSED;
        long share = (long) policy.failurePercent() * policy.minCalls() / 100;
        long least = closed ? Math.min(share, CERTAIN) : 1;
        long leastSlow =
            !closed
                ? 1
                : isOfLadder(target, agent)
                    ? leastSlow(policy.minCalls())
                    : (long) policy.slowPercent() * policy.minCalls() / 100;
        // The call that is the cause may be told of after this.
        check(
            of.failures + 1 >= least || of.slow + late + 1 >= leastSlow,
            "{}: cut off {} after {} failures and {} slow calls",
            target,
            agent,
            of.failures,
            of.slow);
        check(
            untilNs > nowNs && untilNs - nowNs <= policy.maxOpen().toNanos() * LONGEST_JITTER + 1,
            "{}: cut off for {} ns",
            target,
            untilNs - nowNs);
        of.spell++;
        of.untilNs = untilNs;
      }
      case HALF_OPEN -> {
        check(of.state == BreakerState.OPEN, "{}: half open after {}", target, of.state);
        check(of.wordUntilNs == 0, "{}: half open, and an operator's word holds", target);
        check(nowNs == of.untilNs, "{}: half open at {}, not {}", target, nowNs, of.untilNs);
      }
      case CLOSED ->
          check(
              of.state == BreakerState.HALF_OPEN && of.probes + of.parts > policy.probes() / 2,
              "{}: closed after {} and {} probes",
              target,
              of.state,
              of.probes);
    }
  }

  /** An operator is about to force a breaker. */
  void forcing(Party target, @Nullable Party agent, boolean open, long untilNs) {
    OfOne of = of(target, agent);
    of.forced = open;
    of.keptClosedUntilNs = open ? 0 : untilNs;
    of.wordUntilNs = untilNs;
    if (open) {
      of.untilNs = untilNs;
    }
  }

  /** An operator's word is over by itself. */
  void wordOver(Party target, @Nullable Party agent, long nowNs) {
    OfOne of = of(target, agent);
    check(
        of.wordUntilNs == nowNs, "{}: a word is over at {}, not {}", target, nowNs, of.wordUntilNs);
    of.wordUntilNs = 0;
  }

  /** Whether it opens for no operator's word, and was closed before. */
  boolean isCutOff(Party target, Party agent, BreakerState state) {
    OfOne of = of(target, agent);
    return state == BreakerState.OPEN && of.state == BreakerState.CLOSED && of.forced == null;
  }

  private static boolean isOfLadder(Party target, @Nullable Party agent) {
    return agent == null && !settings(target).degradation().isOff();
  }

  // More than one in twenty, by three standard deviations.
  private static long leastSlow(int calls) {
    return (long) Math.ceil(calls / 20.0 + 3 * Math.sqrt(calls * 0.05 * 0.95));
  }

  void paused(Party target, long untilNs, long nowNs) {
    if (untilNs == 0) {
      Long until = pauses.remove(target);
      check(until != null && until == nowNs, "{}: its pause ends at {}", target, nowNs);
      return;
    }
    Long before = pauses.put(target, untilNs);
    check(before == null || untilNs > before, "{}: its pause was cut short", target);
    check(
        untilNs - nowNs <= settings(target).maxPause().toNanos(),
        "{}: paused for {} ns",
        target,
        untilNs - nowNs);
  }

  /** Until when it is paused; 0 if it is not. */
  long pausedUntilNs(Party target) {
    return pauses.getOrDefault(target, 0L);
  }
}
