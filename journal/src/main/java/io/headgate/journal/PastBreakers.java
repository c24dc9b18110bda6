package io.headgate.journal;

import io.headgate.engine.BreakerMemory;
import io.headgate.engine.BreakerState;
import io.headgate.recovery.Past.PastBreaker;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Breakers that have opened of late, by the time of day. Bounded. One thread. */
final class PastBreakers {
  /** Of all targets and rungs, and of as many agents as an engine has breakers for. */
  private static final int MOST = 100_000;

  /** So long after its time one is remembered that nobody asked for. */
  private static final long DAY_NS = 86_400_000_000_000L;

  /** Which one it is; the agent is null if it is everybody's. */
  record Of(String target, @Nullable String agent, int rung) {}

  /** Cut-offs count for so long. */
  private static final long HOUR_NS = 3_600_000_000_000L;

  /** Of an agent: more than there is a rule for. */
  private static final int MOST_CUT_OFFS = 64;

  private final Map<Of, BreakerMemory> memories = new LinkedHashMap<>();
  private final Map<String, Deque<Long>> cutOffs = new LinkedHashMap<>();

  /** It has turned. */
  void turned(Of which, BreakerMemory memory, long atNs) {
    BreakerMemory before = memories.get(which);
    boolean wasClosed = before == null || before.state() == BreakerState.CLOSED;
    if (which.agent != null
        && wasClosed
        && memory.state() == BreakerState.OPEN
        && !memory.isForced()) {
      Deque<Long> times = cutOffs.computeIfAbsent(which.agent, _ -> new ArrayDeque<>());
      times.add(atNs);
      if (times.size() > MOST_CUT_OFFS) {
        times.remove();
      }
      if (cutOffs.size() > MOST) {
        forgetCutOffs(cutOffs.keySet().iterator().next());
      }
    }
    put(which, memory);
  }

  /** An operator has let the agent go on. */
  void forgetCutOffs(String agent) {
    cutOffs.remove(agent);
  }

  /** Of those of the last hour, when they were. */
  Map<String, List<Long>> cutOffs() {
    Map<String, List<Long>> all = new LinkedHashMap<>();
    cutOffs.forEach((agent, times) -> all.put(agent, List.copyOf(times)));
    return all;
  }

  void putCutOffs(Map<String, List<Long>> all) {
    all.forEach((agent, times) -> cutOffs.put(agent, new ArrayDeque<>(times)));
  }

  private void put(Of which, BreakerMemory memory) {
    memories.remove(which); // the order is that of the latest turn
    if (memory.isNothing()) {
      return;
    }
    memories.put(which, memory);
    if (memories.size() > MOST) {
      Of oldest = memories.keySet().iterator().next();
      memories.remove(oldest);
    }
  }

  void forgetAgent(String id) {
    memories.keySet().removeIf(each -> id.equals(each.agent));
    forgetCutOffs(id);
  }

  void forgetTarget(String id) {
    memories.keySet().removeIf(each -> each.target.equals(id));
  }

  /** Those of which nothing holds any more. */
  void forgetOld(long nowNs) {
    cutOffs.values().forEach(times -> times.removeIf(atNs -> atNs < nowNs - HOUR_NS));
    cutOffs.values().removeIf(Deque::isEmpty);
    memories
        .values()
        .removeIf(
            each ->
                each.untilNs() < (each.state() == BreakerState.CLOSED ? nowNs : nowNs - DAY_NS));
  }

  /** Those that an operator forced, as his words name them. */
  Set<String> forced() {
    return past().stream()
        .filter(each -> each.memory().isForced())
        .map(PastBreaker::subject)
        .collect(Collectors.toSet());
  }

  List<PastBreaker> past() {
    return memories.entrySet().stream()
        .map(each -> new PastBreaker(each.getKey().target, each.getKey().agent, each.getValue()))
        .toList();
  }

  /** Those that were there. */
  void putAll(List<PastBreaker> breakers) {
    for (PastBreaker each : breakers) {
      put(new Of(each.target(), each.agent(), each.memory().rung()), each.memory());
    }
  }
}
