package io.headgate.journal;

import io.headgate.engine.TargetMemory;
import io.headgate.recovery.Past.PastTarget;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What was learned of targets; times are of day. Bounded. One thread. */
final class PastTargets {
  /** Many more than there are targets at once. */
  private static final int MOST = 10_000;

  private record Of(String target, TargetMemory what) {}

  private final Map<Of, Long> known = new LinkedHashMap<>();

  void put(PastTarget learned) {
    var which = new Of(learned.target(), learned.what());
    known.remove(which); // the order is that of what was learned last
    known.put(which, learned.value());
    if (known.size() > MOST) {
      Of oldest = known.keySet().iterator().next();
      known.remove(oldest);
    }
  }

  void forget(String target) {
    known.keySet().removeIf(each -> each.target.equals(target));
  }

  /** Pauses that are over. */
  void forgetOld(long nowNs) {
    known.entrySet().removeIf(each -> isPause(each.getKey()) && each.getValue() <= nowNs);
  }

  private static boolean isPause(Of which) {
    return which.what == TargetMemory.PAUSE;
  }

  List<PastTarget> past() {
    return known.entrySet().stream()
        .map(each -> new PastTarget(each.getKey().target, each.getKey().what, each.getValue()))
        .toList();
  }
}
