package io.headgate.simulation;

import io.headgate.AgentSettings;
import io.headgate.JobSettings;
import io.headgate.LoopPolicy;
import io.headgate.Refusal;
import io.headgate.TargetSettings;
import io.headgate.Task;
import io.headgate.admission.TargetGate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the referee keeps of the calls of one job, and of those of its parts: plain lists, searched
 * from end to end.
 *
 * <p>Limits on numbers hold always. Whether a call was a repetition depends on the order in which
 * calls and writes came, which is known for certain only while nobody is held up in admission:
 * after that, only what holds in any order is checked.
 */
final class LoopBooks {
  /** Of more kinds of calls a guard may have forgotten some. */
  private static final int FEW_KINDS = 8;

  /** So many calls back a guard remembers for certain. */
  private static final int REMEMBERED = 24;

  private static final int MOST_LOOPS = 1_000;

  /** What same calls have in common. */
  private record Kind(TargetGate target, long arguments) {}

  private record Call(@Nullable VirtualTask task, Kind kind, long ns, int writesBefore) {}

  /**
   * @param kind null if no guard looked at it
   */
  private record Write(LoopBooks by, @Nullable Kind kind) {}

  private JobSettings settings;

  /** The largest limits that it ever had: who was held up at the gates may have read them. */
  private JobSettings largest;

  private final @Nullable LoopBooks parent;
  private final LoopBooks outermost;
  private final List<Write> writes = new ArrayList<>();
  private final List<Call> calls = new ArrayList<>();
  private final Map<TargetGate, Integer> callsAt = new HashMap<>();
  private final Map<TargetGate, TargetSettings> firstSettings = new HashMap<>();
  private final Set<Kind> kinds = new HashSet<>();
  private int taken;

  /** Of those, the ones that its account did not count and that the dispatcher has not seen yet. */
  private int onTheirWay;

  private int loops;
  private long lastNs = Long.MIN_VALUE;
  private boolean blurred;
  private boolean changed;

  LoopBooks(JobSettings settings, @Nullable LoopBooks parent) {
    this.settings = settings;
    this.largest = settings;
    this.parent = parent;
    this.outermost = parent == null ? this : parent.outermost;
  }

  /** Its limits are others from now on. */
  void change(JobSettings to) {
    settings = to;
    largest =
        largest
            .maxDepth(Math.max(largest.maxDepth(), to.maxDepth()))
            .maxFanOut(Math.max(largest.maxFanOut(), to.maxFanOut()))
            .maxCalls(Math.max(largest.maxCalls(), to.maxCalls()))
            .maxLoops(Math.max(largest.maxLoops(), to.maxLoops()));
  }

  private JobSettings limits(boolean undisturbed) {
    return undisturbed ? settings : largest;
  }

  private static void check(boolean holds, String what, Object about, int count, int max) {
    if (!holds) {
      throw new Violation(about + ": " + what + ", " + count + " of " + max);
    }
  }

  // ---- what happens

  void taken(VirtualTask task, @Nullable VirtualAttempt caller, boolean undisturbed) {
    TargetGate target = task.targetGate();
    look(target);
    JobSettings limits = limits(undisturbed);
    check(
        task.depth() <= limits.maxDepth(),
        "is nested too deep",
        task,
        task.depth(),
        limits.maxDepth());
    if (caller != null) {
      caller.childrenSeen++;
      check(
          caller.childrenSeen <= limits.maxFanOut(),
          "one child too many",
          task,
          caller.childrenSeen,
          limits.maxFanOut());
    }
    for (LoopBooks at = this; at != null; at = at.parent) {
      at.taken++;
      at.onTheirWay += task.isCountedInJobs() ? 0 : 1;
      // The first limit cannot know of those that are on their way just then.
      check(
          !task.isCountedInJobs() || at.taken - at.onTheirWay <= at.limits(undisturbed).maxCalls(),
          "one call too many",
          task,
          at.taken,
          at.limits(undisturbed).maxCalls());
      int here = at.callsAt.merge(target, 1, Integer::sum);
      int max = target.settings().maxCallsPerJob();
      check(changed || here <= max, "one call of its target too many", task, here, max);
    }
    LoopPolicy policy = target.settings().loopGuard();
    if (task.arguments() != Task.NO_ARGUMENTS && !policy.isOff()) {
      guarded(task, policy, undisturbed);
    }
  }

  private void guarded(VirtualTask task, LoopPolicy policy, boolean undisturbed) {
    Kind kind = new Kind(task.targetGate(), task.arguments());
    kinds.add(kind);
    blurred |= !undisturbed;
    long ns = Math.max(lastNs, task.admittedNs());
    int same = same(kind, ns, policy);
    if (isExact()) {
      check(same < policy.sameCalls(), "the same call once too often", task, same + 1, 0);
      int period = period(kind, ns, policy, REMEMBERED);
      check(period == 0, "goes on in a circle", task, period, 0);
    } else if (outermost.writes.isEmpty()
        && policy.window().equals(LoopPolicy.WHOLE_JOB)
        && kinds.size() <= FEW_KINDS
        && !changed) {
      check(same < policy.sameCalls(), "the same call once too often", task, same + 1, 0);
    }
    lastNs = ns;
    calls.add(new Call(task, kind, ns, outermost.writes.size()));
  }

  void givingBack(VirtualTask task, @Nullable VirtualAttempt caller) {
    if (caller != null) {
      caller.childrenSeen--;
    }
    for (LoopBooks at = this; at != null; at = at.parent) {
      at.taken--;
      at.onTheirWay -= task.isCountedInJobs() ? 0 : 1;
      at.callsAt.merge(task.targetGate(), -1, Integer::sum);
    }
    calls.removeIf(call -> call.task == task);
  }

  /** The dispatcher sees it; answers whether that is when it is first counted. */
  boolean arrived(VirtualTask task) {
    if (task.isCountedInJobs()) {
      return false;
    }
    boolean limited = false;
    for (LoopBooks at = this; at != null; at = at.parent) {
      at.onTheirWay--;
      limited |= at.settings.maxCalls() != JobSettings.NO_LIMIT;
    }
    return limited;
  }

  void wrote(VirtualTask task) {
    boolean guarded = calls.stream().anyMatch(call -> call.task == task);
    outermost.writes.add(
        new Write(this, guarded ? new Kind(task.targetGate(), task.arguments()) : null));
  }

  /** Notes a refusal; answers whether it has a cause, as far as that is known. */
  boolean refused(Witness.Rejection rejection, boolean undisturbed) {
    look(rejection.target());
    blurred |= !undisturbed;
    if (rejection.reason() != Refusal.LOOP) {
      return true;
    }
    Kind kind = new Kind(rejection.target(), rejection.arguments());
    LoopPolicy policy = rejection.target().settings().loopGuard();
    long ns = Math.max(lastNs, rejection.nowNs());
    boolean caused =
        !isExact()
            || same(kind, ns, policy) >= policy.sameCalls()
            || period(kind, ns, policy, Integer.MAX_VALUE) > 0;
    loops++;
    int most = limits(undisturbed).maxLoops();
    check(loops <= most, "one loop too many", kind, loops, most);
    lastNs = ns;
    calls.add(new Call(null, kind, ns, outermost.writes.size()));
    return caused;
  }

  private void look(TargetGate target) {
    TargetSettings now = target.settings();
    TargetSettings first = firstSettings.putIfAbsent(target, now);
    if (first != null
        && (!now.loopGuard().equals(first.loopGuard())
            || now.writer() != first.writer()
            || now.maxCallsPerJob() != first.maxCallsPerJob())) {
      for (LoopBooks at = this; at != null; at = at.parent) {
        at.changed = true;
      }
    }
  }

  // ---- what is known

  boolean isLoopedOut() {
    return loops >= settings.maxLoops();
  }

  boolean hasAllItsCalls() {
    return taken >= settings.maxCalls() || (parent != null && parent.hasAllItsCalls());
  }

  boolean hasAllItsCallsOf(TargetGate target) {
    int max = target.settings().maxCallsPerJob();
    return changed
        || (max != AgentSettings.UNLIMITED && callsAt.getOrDefault(target, 0) >= max)
        || (parent != null && parent.hasAllItsCallsOf(target));
  }

  private boolean isExact() {
    return !blurred && !changed && kinds.size() <= FEW_KINDS && loops < MOST_LOOPS;
  }

  private int same(Kind kind, long ns, LoopPolicy policy) {
    int same = 0;
    for (Call call : calls) {
      if (call.task != null && call.kind.equals(kind) && isRecent(call, ns, policy)) {
        boolean overwritten = false;
        for (Write write : outermost.writes.subList(call.writesBefore, outermost.writes.size())) {
          overwritten |= !kind.equals(write.kind);
        }
        same += overwritten ? 0 : 1;
      }
    }
    return same;
  }

  private static boolean isRecent(Call call, long ns, LoopPolicy policy) {
    return policy.window().equals(LoopPolicy.WHOLE_JOB) || ns - call.ns < policy.window().toNanos();
  }

  private int period(Kind kind, long ns, LoopPolicy policy, int remembered) {
    List<Call> last = calls.subList(Math.max(0, calls.size() - remembered), calls.size());
    int period = period(last, kind, ns, policy);
    return period > 0 ? period : period(insistedOnce(last, kind), kind, ns, policy);
  }

  // Without those refused calls that were asked for again at once.
  private static List<Call> insistedOnce(List<Call> calls, Kind kind) {
    List<Call> once = new ArrayList<>();
    for (int i = 0; i < calls.size(); i++) {
      Kind next = i + 1 < calls.size() ? calls.get(i + 1).kind : kind;
      if (calls.get(i).task != null || !calls.get(i).kind.equals(next)) {
        once.add(calls.get(i));
      }
    }
    return once;
  }

  private int period(List<Call> calls, Kind kind, long ns, LoopPolicy policy) {
    for (int period = 2; period <= policy.maxPeriod(); period++) {
      int length = period * policy.cycleRounds();
      if (length <= calls.size()) {
        List<Call> last = calls.subList(calls.size() - length, calls.size());
        Call first = last.getFirst();
        boolean disturbed = false;
        for (Write write : outermost.writes.subList(first.writesBefore, outermost.writes.size())) {
          disturbed |= write.by != this || write.kind == null;
        }
        if (!disturbed && isRecent(first, ns, policy) && goesOn(last, kind, period)) {
          return period;
        }
      }
    }
    return 0;
  }

  // Whether these are one cycle again and again, of different calls, that begins with this.
  private static boolean goesOn(List<Call> last, Kind kind, int period) {
    Set<Kind> different = new HashSet<>();
    for (int i = 0; i < last.size(); i++) {
      different.add(last.get(i).kind);
      if (!last.get(i).kind.equals(last.get(i % period).kind)) {
        return false;
      }
    }
    return last.getFirst().kind.equals(kind) && different.size() > 1;
  }
}
