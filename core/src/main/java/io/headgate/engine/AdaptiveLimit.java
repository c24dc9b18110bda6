package io.headgate.engine;

import io.headgate.CallClass;
import io.headgate.ConcurrencyPolicy;

/**
 * How many calls of a target may run at once; the rule is {@link ConcurrencyPolicy}'s. The calls
 * that end are looked at in windows: by how much they take longer than without congestion, and how
 * many ran at once when they began. The one over the other is what the target carries (Little's
 * law), and the limit is a little above. All in logarithms of times over the {@link CallShape}, of
 * which the mean of the middle half is taken: single calls that hang or are refused at once do not
 * move it. Says what is to be done, and leaves doing it to the engine. Not thread-safe.
 */
final class AdaptiveLimit {
  /** Calls of a window: half of what runs at once, so that two of them are a service time. */
  private static final int FEWEST_CALLS = 32;

  private static final int MOST_CALLS = 64;

  /** Calls of a look, at most: what it finds holds for longer than a window. */
  private static final int LOOK_CALLS = 96;

  /** Of the longest time between two looks, the shortest. */
  private static final int OFTENER = 8;

  /**
   * Beyond which calls count as slowed down: more than three errors of a window's mean above fast,
   * and where a target that queues what is too much has lost nothing yet.
   */
  private static final double SLOW = StrictMath.log(1.25);

  /** Below which they count as fast. */
  private static final double FAST = StrictMath.log(1.1);

  /**
   * How far the limit lies above what is carried, at least, so that the target is never idle: as
   * far as is not slow yet, else the cuts that a window's bad luck makes would add up.
   */
  private static final double HEADROOM = 1.2;

  /** By which the limit grows, the first time in a row, and from then on. */
  private static final double[] GROWTH = {1.15, 1.5};

  /** By which it grows before it was ever cut (as TCP's slow start, RFC 5681). */
  private static final double SLOW_START = 2;

  /**
   * Of the limit, what must have run at once before it grows: with less, too many of the calls have
   * begun before it grew last.
   */
  private static final double PRESSED = 0.88;

  /** Of the limit, what runs at once while the base is looked for: it may be a third too large. */
  private static final double PROBE = 0.7;

  /**
   * By which a look is faster than before if there was congestion: half of what is to be expected.
   */
  private static final double HELPED = -StrictMath.log(PROBE) / 2;

  /** Of the limit, below which nothing is congested. */
  private static final double EASY = 0.5;

  /** By which the base follows a window of such calls. */
  private static final double DRIFT = 0.1;

  /** By which it follows a look: the mean of two or three, since one has an error of 0.04. */
  private static final double OF_LOOK = 0.6;

  /** Standard errors that are no luck, of the thousands of windows of a day. */
  private static final double NO_LUCK = 4;

  /** The share of a look's calls that must have ended: the quick ones end first. */
  private static final double NEARLY_ALL = 0.95;

  /** Rejections that are no sign of congestion, as a share of all calls. */
  private static final double FEW_REJECTED = 0.1;

  private static final double BACK_OFF = 0.8;

  /** By which what is carried follows a slow window: those of an overshoot that drains say less. */
  private static final double OF_CARRIED = 0.2;

  /**
   * Of what is carried and the room above it, up to where the limit grows by the small step only: a
   * fast window or two there may be luck, and half as many calls again, too many, are not forgotten
   * soon.
   */
  private static final double KNOWN = 1.25;

  /** Cuts in a row after which it is looked whether they help at all. */
  private static final int IN_VAIN = 3;

  /** Of the permits, by which lost calls must have changed. */
  private static final double NOTABLE = 1 / 16.0;

  /**
   * Of the limit, what lost calls may be at first: soon it is known whether they answer at last.
   */
  private static final double UNPROVED = 0.25;

  private final CallShape shape = new CallShape();
  private final LostCalls lostCalls = new LostCalls();

  /** Calls that hold a permit and no place at the target: beside the limit. */
  private int lost;

  /** Permits; 0 before the first call. */
  private double limit;

  /** The logarithm of the time without congestion. */
  private double base;

  private boolean baseKnown;

  /** Whether the last window was quicker than it by more than luck. */
  private boolean wasQuick;

  /** Its standard error, while it is known from one look at a few calls only; else 0. */
  private double baseError;

  /** By how much calls took longer, at the last window; a logarithm. */
  private double slow;

  private final CallTimes window = new CallTimes(MOST_CALLS);
  private double beside;

  /** Deviation of single calls. */
  private double deviation = 0.5;

  /** Calls that have begun since the limit was moved last, and of them the rejected ones. */
  private int begun;

  private int rejected;

  /** And those that have ended, however. */
  private int over;

  private long changedNs;
  private int growths;

  /** Calls of fast windows in a row. */
  private int fast;

  /** Calls that have ended since more were let run. */
  private int sinceMore;

  private int cuts;

  /** Cuts in a row for rejections, whatever latency was meanwhile. */
  private int refusedCuts;

  /** Permits before the first of them. */
  private double unrefused;

  /** What the target was found to carry when it was slow; 0 before, and after rejections. */
  private double carried;

  /** Whether it ever was cut. */
  private boolean wasCut;

  /** Permits before the first of the cuts in a row. */
  private double uncut;

  /** The share of rejections that fewer calls have not helped against. */
  private double rejectedAnyway;

  /** Whether calls timed out at the last look as well, with fewer at once. */
  private boolean timesOutAnyway;

  // ---- a look at latency without congestion: fewer calls run until enough of them have begun

  private boolean holding;
  private boolean looking;
  private double heldTo;
  private long lookFromNs;
  private long lookToNs;
  private long lookedNs;
  private int lookCalls;

  /** When the last of its calls is due. */
  private long lookDue;

  private final CallTimes look = new CallTimes(LOOK_CALLS);
  private int lookRejected;
  private int lookTimedOut;
  private int lookLost;
  private int lookWanted;

  /** As {@code slow}, the most of what was seen since it began: also of calls from before. */
  private double lookSlow;

  /** From one look to the next: longer and longer while they find what was known. */
  private long lookEveryNs;

  /** Permits now. */
  int permits(ConcurrencyPolicy policy) {
    if (!policy.isOn()) {
      return Integer.MAX_VALUE;
    }
    double now = limit == 0 ? policy.first() : holding ? heldTo : limit;
    return (int) Math.max(policy.least(), StrictMath.rint(now)) + lost;
  }

  /** As many as it lets run beside those that are lost, which it forgets with them; at least 1. */
  int found(ConcurrencyPolicy policy) {
    return (int) Math.max(1, StrictMath.rint(limit == 0 ? policy.first() : limit));
  }

  /** Before its first call: it goes on from what was found before. */
  void goOn(ConcurrencyPolicy policy, int max, long found) {
    if (policy.isOn() && limit == 0) {
      limit = Math.clamp((double) found, Math.min((double) policy.least(), max), max);
      wasCut = true; // what it bears is known about: no slow start
    }
  }

  /**
   * Whether a call is lost.
   *
   * @param due as {@link #begins} said
   */
  boolean isLost(ConcurrencyPolicy policy, long due, long nowNs) {
    return policy.tellsLost() && lostCalls.isLost(policy.maxLost(), due, nowNs);
  }

  /** Of the calls that run, those that will never answer, for all that is known. */
  int lost() {
    return lost;
  }

  /** Whether the target has shown how many it bears: else more may run in a moment. */
  boolean isSettled() {
    return baseKnown && !holding && growths == 0;
  }

  /**
   * Whether a call that was rejected, or timed out, was one too many, and the limit answers that:
   * it can still go down, and fewer calls have not been seen to fare no better.
   *
   * @param besides how many ran at once when it started, itself included
   */
  boolean answers(ConcurrencyPolicy policy, boolean timedOut, int besides) {
    int permits = permits(policy) - lost;
    return policy.isOn()
        && permits > policy.least()
        && besides >= EASY * permits
        && (timedOut ? !timesOutAnyway : rejectedAnyway <= FEW_REJECTED);
  }

  /** Whether the limit has moved since. */
  boolean hasMovedSince(long startedNs) {
    return startedNs < changedNs;
  }

  /**
   * An attempt is about to start; of each, its end is told as well.
   *
   * @param input its tokens, as they are told beforehand
   * @return when it is due: to be given back
   */
  long begins(long input, long nowNs) {
    return lostCalls.started(shape.ofInput(input), nowNs);
  }

  /**
   * It has started.
   *
   * @param due as {@link #begins} said
   * @return whether the limit has changed
   */
  boolean started(ConcurrencyPolicy policy, int max, long due, long nowNs) {
    if (!policy.isOn()) {
      return false;
    }
    if (limit == 0) {
      limit = policy.first();
    }
    if (!baseKnown && !looking) {
      beginLook(limit, nowNs);
    }
    begun++;
    double before = permits(policy);
    if (looking && nowNs <= lookToNs) {
      lookCalls++;
      lookDue = Math.max(lookDue, due);
      lookToNs = lookCalls == lookWanted ? nowNs : lookToNs;
    }
    release(nowNs);
    countLost(policy, max, nowNs);
    return permits(policy) != before;
  }

  // Not for each one: who watches the limit is told of every move.
  private void countLost(ConcurrencyPolicy policy, int max, long nowNs) {
    int now = policy.tellsLost() ? lostCalls.count(policy.maxLost(), nowNs) : 0;
    double most = lostCalls.areProved() ? max - limit : Math.min(max - limit, UNPROVED * limit);
    now = Math.min(now, (int) Math.max(0, most));
    if (now == 0 || Math.abs(now - lost) > NOTABLE * limit) {
      lost = now;
    }
  }

  // Not in the moment of the look's last call: what starts beside it would be taken for the look's.
  private void release(long nowNs) {
    if (holding && nowNs > lookToNs) {
      holding = false;
      sinceMore = 0;
    }
  }

  /**
   * An attempt has ended.
   *
   * @param end {@link CallClass#CANCELLED} if it says nothing of the target
   * @param due as {@link #begins} said
   * @param besides how many ran at once when it started, itself included
   * @param input its tokens, as they were told beforehand
   * @param output its tokens
   * @return whether the limit has changed
   */
  boolean ended(
      ConcurrencyPolicy policy,
      int max,
      CallClass end,
      long startedNs,
      long due,
      int besides,
      long input,
      long output,
      long nowNs) {
    boolean isAnswer = end == CallClass.OK || end == CallClass.BAD_ANSWER;
    lostCalls.ended(due, isAnswer, nowNs);
    if (!policy.isOn() || limit == 0) {
      return false;
    }
    boolean isRejected = end == CallClass.REJECTED || end == CallClass.UNAVAILABLE;
    boolean isTimedOut = end == CallClass.TIMED_OUT && !isLost(policy, due, nowNs);
    boolean isTimed = isAnswer || isTimedOut;
    double before = permits(policy);
    release(nowNs);
    sinceMore++;
    double ns = Math.max(1.0, (double) (nowNs - startedNs));
    if (isAnswer) {
      lostCalls.answered(shape.ofInput(input), ns);
      shape.add(input, output, ns, StrictMath.exp(slow));
    }
    if (looking && startedNs >= lookFromNs && startedNs <= lookToNs) {
      if (isTimed) {
        look.add(input, output, ns);
      }
      lookRejected += isRejected ? 1 : 0;
      lookTimedOut += isTimedOut ? 1 : 0;
      lookLost += isTimed || isRejected ? 0 : 1;
    }
    if (isTimed && baseKnown) {
      window.add(input, output, ns);
      beside += besides;
    }
    if (startedNs >= changedNs) { // one step back in a round trip
      rejected += isRejected ? 1 : 0;
      over++;
    }
    if (looking && lookToNs != Long.MAX_VALUE) {
      endLook(policy, max, nowNs);
    }
    if (rejected >= FEWEST_CALLS || begun >= 2 * MOST_CALLS) {
      endRejections(policy, max, nowNs);
    }
    if (window.size() >= windowCalls()) {
      endWindow(policy, max, nowNs);
    }
    countLost(policy, max, nowNs);
    return permits(policy) != before;
  }

  private int windowCalls() {
    return (int) Math.clamp(limit / 2, FEWEST_CALLS, MOST_CALLS);
  }

  private void endRejections(ConcurrencyPolicy policy, int max, long nowNs) {
    // Of those that have begun it is less for a while after a move, since they have not ended; of
    // those that have ended it is more, since a refusal is quick.
    double least = Math.min(1, (double) rejected / Math.max(1, begun));
    double most = over == 0 ? 1 : (double) rejected / over;
    double luck =
        NO_LUCK * StrictMath.sqrt(rejectedAnyway * (1 - rejectedAnyway) / Math.max(1, begun));
    double usual = rejectedAnyway + Math.max(FEW_REJECTED, luck);
    boolean enough = over >= FEWEST_CALLS;
    begun = 0;
    rejected = 0;
    over = 0;
    if (least > usual) {
      carried = 0; // it is not by slowness that too much is known
      if (refusedCuts++ == 0) {
        unrefused = limit;
      }
      cut(policy, max, limit * BACK_OFF, nowNs);
      if (refusedCuts >= IN_VAIN && !looking && baseKnown) {
        beginLook(PROBE * limit, nowNs);
      }
    } else if (enough && most < usual) {
      refusedCuts = 0;
      rejectedAnyway -= DRIFT * Math.max(0, rejectedAnyway - most);
    }
  }

  private void endWindow(ConcurrencyPolicy policy, int max, long nowNs) {
    int calls = window.size();
    window.compare(shape);
    double mean = window.mean();
    double ran = beside / calls;
    deviation += DRIFT * (window.deviation() - deviation);
    double error = deviation / StrictMath.sqrt(calls);
    window.clear();
    beside = 0;
    boolean biased = sinceMore < limit; // of those that began together the quick ones end first
    boolean quick = !biased && mean < base - NO_LUCK * StrictMath.hypot(error, baseError);
    if (quick && wasQuick) {
      base = mean; // less would follow the luckiest windows, and so would one of them
      baseError = 0;
    } else if (!quick && ran < EASY * limit) {
      base += DRIFT * (mean - base);
      lookedNs = nowNs;
    }
    wasQuick = quick;
    slow = Math.max(0, mean - base);
    fast = slow < FAST ? fast + calls : 0;
    lookSlow = Math.max(lookSlow, slow);
    if (slow > SLOW) {
      growths = 0;
      double carries = ran / StrictMath.exp(slow);
      carried = carried == 0 ? carries : carried + OF_CARRIED * (carries - carried);
      cut(policy, max, withRoom(carries), nowNs);
    } else if (slow < FAST) {
      cuts = 0;
      boolean pressed = ran > PRESSED * limit || ran >= StrictMath.rint(limit); // of 2.4 two run
      if (pressed && !holding) {
        double room = withRoom(carried);
        boolean known = limit * GROWTH[1] > room && limit < KNOWN * room;
        if (!known || fast >= limit) { // a whole turn of those that run is no luck
          double growth =
              known
                  ? GROWTH[0]
                  : wasCut ? GROWTH[Math.min(growths, GROWTH.length - 1)] : SLOW_START;
          growths++;
          change(policy, max, limit * growth, nowNs);
        }
      }
    } else {
      cuts = 0;
      growths = 0;
    }
    if (!looking && nowNs - lookedNs >= Math.min(lookEveryNs, policy.probeEveryNanos())) {
      beginLook(PROBE * limit, nowNs);
    }
  }

  // By the square root where that is more: so much does what arrives by chance scatter (the
  // staffing
  // rule of Halfin and Whitt). And of some that share what they call, each with a limit of its own,
  // the smallest has the most room for its size: by one share for all they never came to be equal.
  private static double withRoom(double carries) {
    return Math.max(HEADROOM * carries, carries + StrictMath.sqrt(carries));
  }

  private void cut(ConcurrencyPolicy policy, int max, double to, long nowNs) {
    if (to >= limit) {
      return; // of calls that began before the last cut
    }
    if (cuts++ == 0) {
      uncut = limit;
    }
    wasCut = true;
    growths = 0;
    change(policy, max, to, nowNs);
    if (cuts >= IN_VAIN && !looking && baseKnown) {
      beginLook(PROBE * limit, nowNs);
    }
  }

  private void change(ConcurrencyPolicy policy, int max, double to, long nowNs) {
    double before = limit;
    limit = Math.clamp(to, Math.min((double) policy.least(), max), max);
    sinceMore = limit > before ? 0 : sinceMore;
    changedNs = nowNs;
    begun = 0;
    rejected = 0;
    over = 0;
  }

  private void beginLook(double permits, long nowNs) {
    looking = true;
    holding = true;
    heldTo = permits;
    lookFromNs = nowNs;
    lookToNs = Long.MAX_VALUE;
    lookedNs = nowNs;
    lookCalls = 0;
    lookDue = 0;
    lookSlow = slow;
    look.clear();
    lookRejected = 0;
    lookTimedOut = 0;
    lookLost = 0;
    lookWanted = (int) Math.clamp(limit, FEWEST_CALLS, LOOK_CALLS);
  }

  private void endLook(ConcurrencyPolicy policy, int max, long nowNs) {
    int lookEnded = look.size();
    int all = lookEnded + lookRejected + lookLost;
    boolean late = nowNs - lookToNs >= policy.probeEveryNanos();
    boolean areLost = lostCalls.areProved() && isLost(policy, lookDue, nowNs);
    if (all < NEARLY_ALL * lookCalls && !late && !areLost) {
      return;
    }
    looking = false;
    lookedNs = nowNs;
    if (lookEnded + lookRejected == 0) {
      return;
    }
    double share = (double) lookRejected / all;
    boolean inVain = cuts >= IN_VAIN;
    if (refusedCuts >= IN_VAIN) {
      if (share > rejectedAnyway + FEW_REJECTED) {
        rejectedAnyway = share;
        change(policy, max, Math.max(limit, unrefused), nowNs);
      }
      refusedCuts = 0;
    }
    if (lookEnded < FEWEST_CALLS / 2) {
      cuts = 0;
      return;
    }
    // Those that have not ended yet are the slowest, if they are not lost.
    for (int unended = areLost ? 0 : lookCalls - all; unended > 0; unended--) {
      look.add(0, 0, Double.MAX_VALUE);
    }
    look.compare(shape);
    double found = look.mean();
    double raised = found - base;
    boolean congested = baseKnown && raised > FAST && found < base + lookSlow - HELPED;
    timesOutAnyway = !congested && lookTimedOut > FEW_REJECTED * all;
    if (!baseKnown) {
      base = found;
      baseError = deviation / StrictMath.sqrt(look.size());
      baseKnown = true;
    } else if (congested) {
      // Fewer calls have helped, and not enough: there is congestion yet.
      change(policy, max, Math.min(limit, heldTo), nowNs);
      beginLook(PROBE * limit, nowNs);
    } else if (Math.abs(raised) > SLOW) {
      base = found;
      baseError = 0;
      if (raised > 0 && inVain) {
        change(policy, max, Math.max(limit, uncut), nowNs); // what was cut for was no congestion
      }
    } else {
      base += OF_LOOK * raised;
      baseError = 0;
    }
    lookEveryNs =
        Math.abs(raised) > FAST
            ? policy.probeEveryNanos() / OFTENER
            : Math.min(2 * lookEveryNs, policy.probeEveryNanos());
    slow = 0;
    cuts = 0;
    window.clear();
    beside = 0;
  }
}
