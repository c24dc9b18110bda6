package io.headgate.admission;

import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * How often one job has called each target that has a limit to that. Any thread; lock-free. Made at
 * the first such call; grows by 64 targets at a time, at most to half a megabyte for all 10,000.
 *
 * <p>A target that takes the place of one that was removed counts for itself; one that comes back
 * in another's place begins with what was counted before a crash, as it did the first time.
 */
final class CallCounts {
  private static final int BITS = 6;
  private static final int ROW = 1 << BITS;
  private static final int MAX_TARGETS = 10_000;

  private static final class Count extends AtomicInteger {
    private static final long serialVersionUID = 1L;

    final String target;

    Count(String target, int count) {
      super(count);
      this.target = target;
    }
  }

  private final AtomicReferenceArray<@Nullable AtomicReferenceArray<@Nullable Count>> rows =
      new AtomicReferenceArray<>((MAX_TARGETS >> BITS) + 1);

  private final Map<String, Integer> carried;

  /**
   * Nothing is counted yet.
   *
   * @param carried what each target by its id begins with
   */
  CallCounts(Map<String, Integer> carried) {
    this.carried = carried;
  }

  int count(TargetGate target) {
    Count count = find(target);
    return count == null ? carried(target) : count.get();
  }

  private int carried(TargetGate target) {
    return carried.getOrDefault(target.id(), 0);
  }

  boolean tryTake(TargetGate target, int max) {
    Count count = findOrMake(target);
    while (true) {
      int now = count.get();
      if (now >= max) {
        return false;
      }
      if (count.compareAndSet(now, now + 1)) {
        return true;
      }
    }
  }

  void giveBack(TargetGate target) {
    Count count = find(target);
    if (count != null) {
      count.getAndDecrement();
    }
  }

  private @Nullable Count find(TargetGate target) {
    AtomicReferenceArray<@Nullable Count> row = rows.get(target.index() >> BITS);
    Count count = row == null ? null : row.get(target.index() & (ROW - 1));
    return count == null || !count.target.equals(target.id()) ? null : count;
  }

  private Count findOrMake(TargetGate target) {
    int at = target.index() >> BITS;
    AtomicReferenceArray<@Nullable Count> row = rows.get(at);
    if (row == null) {
      var made = new AtomicReferenceArray<@Nullable Count>(ROW);
      AtomicReferenceArray<@Nullable Count> before = rows.compareAndExchange(at, null, made);
      row = before == null ? made : before;
    }
    int place = target.index() & (ROW - 1);
    while (true) {
      Count present = row.get(place);
      if (present != null && present.target.equals(target.id())) {
        return present;
      }
      var made = new Count(target.id(), carried(target));
      if (row.compareAndSet(place, present, made)) {
        return made;
      }
    }
  }
}
