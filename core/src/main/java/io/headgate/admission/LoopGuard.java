package io.headgate.admission;

import io.headgate.LoopPolicy;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What one job has called lately, and whether a call would be one repetition too many. Any thread;
 * lock-free. Made at a job's first call with arguments.
 *
 * <p>All it knows is one immutable state, replaced by CAS: so a call is found to be no repetition
 * and counted as one in one step, in which the calls of a job have one order, that of their
 * admissions. Who loses a race looks again. The calls of the same kind are in sets of eight, found
 * by their key, each replaced as a whole; of more than eight in a set, the one that was called
 * longest ago is forgotten.
 *
 * <p>Who writes is told to the guard of the outermost job, which alone has {@link #writes}: what a
 * sub-job writes, all of them may read. Writes are numbered from 1, and each call notes how many
 * there were before it.
 */
final class LoopGuard {
  /** As an answer: no repetition. */
  static final int PASSES = 0;

  /** As an answer: the same call came too often; a larger one is the period of a cycle. */
  static final int SAME_CALL = 1;

  /** As trips: the job was cut off before. */
  static final int CUT_OFF_BEFORE = -1;

  static final int WAYS = 8;
  static final int SETS = 16;
  static final int HISTORY = 32;
  private static final int LONGEST_PERIOD = 8;

  /** Beyond so many, refusals write nothing any more. */
  private static final int MAX_TRIPS = 1_000;

  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  /** As a writer's key: no guard looked at it. */
  static final long NO_KEY = 0;

  // A call is so many words: its key, its time, the writes before it, and its ticket, negative for
  // one that was refused.
  private static final int CALL = 4;
  private static final int KEY = 0;
  private static final int NS = 1;
  private static final int WRITES = 2;
  private static final int TICKET = 3;
  private static final long[] NO_CALLS = new long[0];
  private static final long[][] NO_SET = new long[0][];

  /**
   * What others have written, of which only the last is of interest to whoever called before it.
   *
   * @param count of all
   * @param key of the last writer, or {@link #NO_KEY} if no guard looked at it
   * @param beforeKey how many there were when one with another key wrote last
   * @param guard of the last writer's job, or null if no guard looked at it
   * @param beforeGuard how many there were when one of another job wrote last
   */
  private record Writes(
      long count, long key, long beforeKey, @Nullable LoopGuard guard, long beforeGuard) {
    static final Writes NONE = new Writes(0, NO_KEY, 0, null, 0);

    Writes and(@Nullable LoopGuard writer, long writersKey) {
      boolean keyed = writersKey != NO_KEY;
      return new Writes(
          count + 1,
          writersKey,
          keyed && key == writersKey ? beforeKey : count,
          keyed ? writer : null,
          keyed && guard == writer ? beforeGuard : count);
    }

    long byOtherThan(long ownKey) {
      return key == ownKey ? beforeKey : count;
    }

    long byOtherThan(LoopGuard own) {
      return guard == own ? beforeGuard : count;
    }
  }

  /** Immutable: its arrays are never written once it is published. */
  private static final class State {
    static final State NEW = new State(new long[SETS][][], NO_CALLS, 0, Long.MIN_VALUE, 0);

    /** Of arrays of calls of one kind each, oldest first. */
    final long[] @Nullable [][] sets;

    /** The last calls of all kinds, oldest first. */
    final long[] history;

    /** Of calls and trips. */
    final long lastTicket;

    /** The newest time that a call brought: it never goes back. */
    final long lastNs;

    final int trips;

    State(long[] @Nullable [][] sets, long[] history, long lastTicket, long lastNs, int trips) {
      this.sets = sets;
      this.history = history;
      this.lastTicket = lastTicket;
      this.lastNs = lastNs;
      this.trips = trips;
    }

    long nowNs(long ns) {
      return Math.max(ns, lastNs);
    }
  }

  // Remembers as many of a kind as any policy counts, and refuses none of them.
  private static final LoopPolicy CARRIED = LoopPolicy.OFF.sameCalls(LoopPolicy.MOST_SAME_CALLS);

  private final LoopGuard outermost;
  private final AtomicReference<State> state = new AtomicReference<>(State.NEW);
  private final AtomicReference<Writes> writes = new AtomicReference<>(Writes.NONE);

  /**
   * @param outermost of the job of which this one is a part, or null if it is no part
   */
  LoopGuard(@Nullable LoopGuard outermost) {
    this.outermost = outermost == null ? this : outermost;
  }

  /** What two calls have in common that are the same. */
  static long key(TargetGate target, long arguments) {
    return key(target.salt(), arguments);
  }

  private static long key(long salt, long arguments) {
    long key = arguments ^ salt;
    key = (key ^ (key >>> 32)) * GOLDEN;
    key ^= key >>> 29;
    return key == NO_KEY ? 1 : key;
  }

  /** Reads whether a call would be a repetition. */
  int test(long key, LoopPolicy policy, long nowNs) {
    return test(state.get(), outermost.writes.get(), key, policy, nowNs);
  }

  /**
   * Counts a call if it is no repetition.
   *
   * @return its ticket, above 0; else the answer, negated
   */
  long tryTake(long key, LoopPolicy policy, long nowNs) {
    while (true) {
      Writes written = outermost.writes.get();
      State before = state.get();
      Probe.at(Probe.Step.LOOPS_READ);
      int answer = test(before, written, key, policy, nowNs);
      if (answer != PASSES) {
        return -answer;
      }
      long ns = before.nowNs(nowNs);
      long ticket = before.lastTicket + 1;
      long[] call = {key, ns, written.count, ticket};
      long[] @Nullable [][] sets =
          policy.sameCalls() == LoopPolicy.UNLIMITED
              ? before.sets
              : with(before.sets, call, policy, written);
      State after =
          new State(sets, appended(before.history, call, HISTORY), ticket, ns, before.trips);
      if (state.compareAndSet(before, after)) {
        return ticket;
      }
    }
  }

  /** Counts what was let in before the process died, whatever it repeats. */
  void carry(EarlierCall call) {
    long key = key(TargetGate.salt(call.target()), call.arguments());
    var _ = tryTake(key, CARRIED, call.atNs()); // more than that say no more
  }

  /** As many were refused before the process died; which, nobody knows. Before it is published. */
  void carryTrips(int trips) {
    State now = state.get();
    state.set(new State(now.sets, now.history, now.lastTicket, now.lastNs, trips));
  }

  /** Forgets a call that a later gate has refused. */
  void giveBack(long key, long ticket) {
    while (true) {
      State before = state.get();
      State after =
          new State(
              without(before.sets, key, ticket),
              without(before.history, ticket),
              before.lastTicket,
              before.lastNs,
              before.trips);
      if (state.compareAndSet(before, after)) {
        return;
      }
    }
  }

  /**
   * Notes that a call was refused as a repetition: who goes on in a circle is to be found in it.
   *
   * @param max trips at which the job is cut off
   * @return trips so far, this one included; {@link #CUT_OFF_BEFORE} if they were as many before
   */
  int trip(long key, long nowNs, int max) {
    while (true) {
      State before = state.get();
      if (before.trips >= max) {
        return CUT_OFF_BEFORE;
      }
      if (before.trips >= MAX_TRIPS) {
        return before.trips;
      }
      long ns = before.nowNs(nowNs);
      long ticket = before.lastTicket + 1;
      long[] call = {key, ns, outermost.writes.get().count, -ticket};
      long[] history =
          isInsistedOn(before.history, key)
              ? before.history
              : appended(before.history, call, HISTORY);
      if (state.compareAndSet(
          before, new State(before.sets, history, ticket, ns, before.trips + 1))) {
        return before.trips + 1;
      }
    }
  }

  // So often, that a longer run of it can be part of no cycle: the rest of the history is to last.
  private static boolean isInsistedOn(long[] history, long key) {
    int run = 0;
    for (int at = history.length - CALL;
        at >= 0 && history[at + KEY] == key && history[at + TICKET] < 0;
        at -= CALL) {
      run++;
    }
    return run >= LONGEST_PERIOD;
  }

  /** Refusals as repetitions, up to a thousand. */
  int trips() {
    return state.get().trips;
  }

  /** How often the same call counts now. */
  int sameCalls(long key, LoopPolicy policy, long nowNs) {
    State now = state.get();
    return count(calls(now.sets, key), now.nowNs(nowNs), policy, outermost.writes.get());
  }

  /** Why a call was refused last: as {@link #test}, but by what there was just before that. */
  int whyRefused(long key, LoopPolicy policy, long nowNs) {
    State now = state.get();
    long[] history = now.history;
    for (int at = history.length - CALL; at >= 0; at -= CALL) {
      if (history[at + KEY] == key && history[at + TICKET] < 0) {
        history = Arrays.copyOf(history, at);
        break;
      }
    }
    var before = new State(now.sets, history, now.lastTicket, now.lastNs, now.trips);
    return test(before, outermost.writes.get(), key, policy, nowNs);
  }

  /** On the outermost job's: a writer may have changed the world. */
  void wrote(@Nullable LoopGuard writer, long key) {
    while (true) {
      Writes before = writes.get();
      if (writes.compareAndSet(before, before.and(writer, key))) {
        return;
      }
    }
  }

  // ---- looking

  private int test(State state, Writes written, long key, LoopPolicy policy, long nowNs) {
    long ns = state.nowNs(nowNs);
    if (policy.sameCalls() != LoopPolicy.UNLIMITED
        && count(calls(state.sets, key), ns, policy, written) >= policy.sameCalls()) {
      return SAME_CALL;
    }
    if (state.trips > 0) {
      int period = period(insistedOnce(state.history, key), key, ns, policy, written);
      if (period != PASSES) {
        return period;
      }
    }
    return period(state.history, key, ns, policy, written);
  }

  private int period(long[] history, long key, long ns, LoopPolicy policy, Writes written) {
    for (int period = 2; period <= policy.maxPeriod(); period++) {
      if (isCycle(history, period, key, ns, policy, written)) {
        return period;
      }
    }
    return PASSES;
  }

  // Who was refused a call and insists on it has not left the circle: of such calls only the last
  // stands in it.
  private static long[] insistedOnce(long[] history, long key) {
    long[] once = new long[history.length];
    int from = once.length;
    long next = key;
    for (int at = history.length - CALL; at >= 0; at -= CALL) {
      if (history[at + KEY] != next || history[at + TICKET] > 0) {
        from -= CALL;
        System.arraycopy(history, at, once, from, CALL);
      }
      next = history[at + KEY];
    }
    return Arrays.copyOfRange(once, from, once.length);
  }

  private static int count(long[] calls, long nowNs, LoopPolicy policy, Writes written) {
    int count = 0;
    for (int at = 0; at < calls.length; at += CALL) {
      if (counts(calls, at, nowNs, policy, written)) {
        count++;
      }
    }
    return count;
  }

  private static boolean counts(
      long[] calls, int at, long nowNs, LoopPolicy policy, Writes written) {
    return calls[at + WRITES] >= written.byOtherThan(calls[at + KEY])
        && isWithin(policy, nowNs - calls[at + NS]);
  }

  private static boolean isWithin(LoopPolicy policy, long sinceNs) {
    return policy.window().equals(LoopPolicy.WHOLE_JOB) || sinceNs < policy.window().toNanos();
  }

  // The call and those before it are each as one period earlier, for as many rounds.
  private boolean isCycle(
      long[] history, int period, long key, long nowNs, LoopPolicy policy, Writes written) {
    int length = history.length / CALL;
    int rounds = policy.cycleRounds();
    int first = length - period * rounds;
    if (first < 0 || history[(length - period) * CALL + KEY] != key) {
      return false;
    }
    boolean differs = false;
    for (int i = length - 1; i >= first; i--) {
      long each = history[i * CALL + KEY];
      if (i >= first + period && each != history[(i - period) * CALL + KEY]) {
        return false;
      }
      differs |= each != key;
    }
    return differs
        && history[first * CALL + WRITES] >= written.byOtherThan(this)
        && isWithin(policy, nowNs - history[first * CALL + NS]);
  }

  // ---- changed copies

  private static int setOf(long key) {
    return (int) (key >>> 60);
  }

  private static long[][] set(long[] @Nullable [][] sets, long key) {
    long[][] set = sets[setOf(key)];
    return set == null ? NO_SET : set;
  }

  private static long[] calls(long[] @Nullable [][] sets, long key) {
    for (long[] calls : set(sets, key)) {
      if (calls[KEY] == key) {
        return calls;
      }
    }
    return NO_CALLS;
  }

  private static long[] @Nullable [][] with(
      long[] @Nullable [][] sets, long[] call, LoopPolicy policy, Writes written) {
    long[] before = calls(sets, call[KEY]);
    long[] counted = NO_CALLS;
    for (int at = 0; at < before.length; at += CALL) {
      if (counts(before, at, call[NS], policy, written)) {
        counted = appended(counted, Arrays.copyOfRange(before, at, at + CALL), HISTORY);
      }
    }
    return replaced(sets, call[KEY], before, appended(counted, call, HISTORY));
  }

  private static long[] @Nullable [][] without(long[] @Nullable [][] sets, long key, long ticket) {
    long[] before = calls(sets, key);
    long[] after = without(before, ticket);
    return after == before ? sets : replaced(sets, key, before, after);
  }

  // The last of a set was called last.
  private static long[] @Nullable [][] replaced(
      long[] @Nullable [][] sets, long key, long[] before, long[] after) {
    long[][] set = set(sets, key);
    int length = set.length;
    int to = 0;
    long[][] changed = new long[Math.min(WAYS, length + 1)][];
    for (int i = 0; i < length; i++) {
      long[] each = set[i];
      boolean forgotten = before.length == 0 && length == WAYS && i == 0;
      if (each != before && !forgotten) {
        changed[to++] = each;
      }
    }
    if (after.length > 0) {
      changed[to++] = after;
    }
    long[] @Nullable [][] all = sets.clone();
    all[setOf(key)] = Arrays.copyOf(changed, to);
    return all;
  }

  private static long[] appended(long[] calls, long[] call, int max) {
    int from = calls.length < max * CALL ? 0 : CALL;
    long[] longer = new long[calls.length - from + CALL];
    System.arraycopy(calls, from, longer, 0, calls.length - from);
    System.arraycopy(call, 0, longer, calls.length - from, CALL);
    return longer;
  }

  private static long[] without(long[] calls, long ticket) {
    for (int at = 0; at < calls.length; at += CALL) {
      if (calls[at + TICKET] == ticket) {
        long[] shorter = new long[calls.length - CALL];
        System.arraycopy(calls, 0, shorter, 0, at);
        System.arraycopy(calls, at + CALL, shorter, at, shorter.length - at);
        return shorter;
      }
    }
    return calls;
  }
}
