package io.headgate.simulation;

import io.headgate.recovery.Past;
import io.headgate.recovery.Reopening;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Jobs by their ids, and ids that must not be used again yet. */
final class VirtualJobs {
  private final Map<String, VirtualJob> byId = new HashMap<>();
  private final Map<String, VirtualJob> reopened = new HashMap<>();
  private final Map<String, Long> untilNs = new HashMap<>();

  @Nullable VirtualJob find(String id) {
    return byId.get(id);
  }

  /** That of this id which a crash had left open, or null. */
  @Nullable VirtualJob findReopened(String id) {
    return reopened.get(id);
  }

  void reopened(VirtualJob job) {
    reopened.put(job.name(), job);
  }

  boolean isRemembered(String id, long nowNs) {
    return untilNs.getOrDefault(id, Long.MIN_VALUE) > nowNs;
  }

  void add(VirtualJob job) {
    if (job.id != null) {
      byId.put(job.id, job);
    }
  }

  void retire(VirtualJob job, boolean usedBudget) {
    if (job.id != null && byId.remove(job.id, job) && usedBudget) {
      remember(job.id, job.deadlineNs() + Reopening.GRACE_NS);
    }
  }

  void remember(String id, long until) {
    untilNs.put(id, until);
  }

  /** Makes a job of the past. */
  @FunctionalInterface
  interface Maker {
    VirtualJob make(Past.PastJob job, @Nullable VirtualJob parent, long deadlineNs);
  }

  /** As it is while the past is opened. */
  Reopening.Table<VirtualJob> table(int maxJobs, Maker maker) {
    return new Reopening.Table<>() {
      @Override
      public @Nullable VirtualJob find(String id) {
        return byId.get(id);
      }

      @Override
      public boolean hasRoom() {
        return byId.size() < maxJobs;
      }

      @Override
      public VirtualJob make(Past.PastJob job, @Nullable VirtualJob parent, long deadlineNs) {
        VirtualJob made = maker.make(job, parent, deadlineNs);
        add(made);
        return made;
      }

      @Override
      public void remember(String id, long until) {
        VirtualJobs.this.remember(id, until);
      }
    };
  }
}
