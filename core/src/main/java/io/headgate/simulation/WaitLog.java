package io.headgate.simulation;

import io.headgate.Priority;
import io.headgate.admission.TargetGate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How long each task was told that it would wait, when it was let in, and how long it did. */
final class WaitLog implements Witness {
  /**
   * A task that has started.
   *
   * @param toldNs what the gates would have refused it for
   * @param lastNs what a task of its priority had waited that started last before it came
   */
  record Waited(Priority priority, boolean begun, long toldNs, long lastNs, long waitedNs) {}

  private record Told(boolean begun, long toldNs, long lastNs) {}

  private final Map<VirtualTask, Told> told = new HashMap<>();
  private final Map<Priority, Long> last = new HashMap<>();
  private final List<Waited> waited = new ArrayList<>();

  @Override
  public void taken(VirtualTask task, @Nullable VirtualAttempt caller) {
    TargetGate target = task.targetGate();
    boolean begun = caller != null || task.account().begun();
    long toldNs = target.estimatedWaitNs(task.agentGate(), task.priority(), begun);
    told.put(task, new Told(begun, toldNs, last.getOrDefault(task.priority(), 0L)));
  }

  @Override
  public void started(VirtualTask task, int attempt, long nowNs, long deadlineNs) {
    Told told = this.told.remove(task);
    if (told != null) {
      long waitedNs = nowNs - task.admittedNs();
      waited.add(new Waited(task.priority(), told.begun, told.toldNs, told.lastNs, waitedNs));
      last.put(task.priority(), waitedNs);
    }
  }

  /** Those that waited for longer than that. */
  List<Waited> above(long leastNs) {
    return waited.stream().filter(each -> each.waitedNs > leastNs).toList();
  }
}
