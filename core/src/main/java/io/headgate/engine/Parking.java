package io.headgate.engine;

import io.headgate.HeadgateSettings;
import io.headgate.ParkPolicy;
import io.headgate.ParkPolicy.Trigger;
import io.headgate.ParkReason;
import java.util.ArrayList;
import java.util.List;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The tasks that are held for a human, oldest first, bounded in number and in tokens; and the rules
 * that say which are. Not thread-safe.
 */
final class Parking {
  /** Which policy holds a task, and why. */
  record Rule(ParkPolicy policy, ParkReason reason) {}

  private static final Rule IN_DOUBT = new Rule(ParkPolicy.IN_DOUBT, ParkReason.IN_DOUBT);

  private int maxParked;
  private long maxParkedTokens;
  private final List<ParkedLook> looks = new ArrayList<>();
  private final Long2ObjectHashMap<TaskEntry> byId = new Long2ObjectHashMap<>();
  private @Nullable TaskEntry first;
  private @Nullable TaskEntry last;
  private long tokens;

  Parking(HeadgateSettings settings) {
    limit(settings.maxParked(), settings.maxParkedTokens());
  }

  /** Other bounds hold from now on; who is parked stays, also beyond them. */
  void limit(int maxParked, long maxParkedTokens) {
    this.maxParked = maxParked;
    this.maxParkedTokens = maxParkedTokens;
  }

  /** What holds the task, if anything does: its target's rule, its job's, its agent's. */
  static @Nullable Rule rule(TaskEntry task, long nowNs) {
    if (task.task().isInDoubt() && !task.asked) {
      return IN_DOUBT; // also if its job's budget does not cover that it is made again
    }
    if (task.task().isUnfunded() && !task.unpaid) {
      return new Rule(task.job().parkAtBudget, ParkReason.BUDGET);
    }
    if (task.asked) {
      return null; // who was let go on is not asked for again
    }
    ParkPolicy policy = task.target().settings.park();
    if (policy.trigger() == Trigger.PRICE && task.task().moneyNanos() > policy.threshold()) {
      boolean any = policy.threshold() == ParkPolicy.ANY_PRICE;
      return new Rule(policy, any ? ParkReason.ASK_FIRST : ParkReason.PRICE);
    }
    // Its rule may have been taken away since it was let in.
    if (task.task().isOfLoopedJob() && !task.job().park.isOff()) {
      return new Rule(task.job().park, ParkReason.LOOPS);
    }
    AgentEntry agent = task.agent();
    return agent.isParked(nowNs) ? new Rule(agent.settings.park(), ParkReason.CUT_OFFS) : null;
  }

  boolean hasRoomFor(TaskEntry task) {
    long held = task.task().tokens();
    return hasPlace() && (held == 0 || tokens + held <= maxParkedTokens);
  }

  /** Whether there is room for one that holds no tokens. */
  boolean hasPlace() {
    return byId.size() < maxParked;
  }

  int size() {
    return byId.size();
  }

  /** The one that was parked first, or null. */
  @Nullable TaskEntry first() {
    return first;
  }

  @Nullable TaskEntry find(long taskId) {
    return byId.get(taskId);
  }

  void add(TaskEntry task) {
    byId.put(task.task().taskId(), task);
    tokens += task.task().tokens();
    task.previousParked = last;
    task.nextParked = null;
    if (last == null) {
      first = task;
    } else {
      last.nextParked = task;
    }
    last = task;
  }

  /** The next one to look at, or null behind the last: then the look is over. */
  @Nullable TaskEntry next(ParkedLook look) {
    if (!look.begun) {
      look.begun = true;
      look.next = first;
      looks.add(look);
    }
    TaskEntry task = look.next;
    if (task == null) {
      looks.remove(look);
    } else {
      look.next = task.nextParked;
    }
    return task;
  }

  void remove(TaskEntry task) {
    byId.remove(task.task().taskId());
    tokens -= task.task().tokens();
    TaskEntry previous = task.previousParked;
    TaskEntry next = task.nextParked;
    for (int i = 0; i < looks.size(); i++) {
      ParkedLook look = looks.get(i);
      if (look.next == task) {
        look.next = next;
      }
    }
    if (previous == null) {
      first = next;
    } else {
      previous.nextParked = next;
    }
    if (next == null) {
      last = previous;
    } else {
      next.previousParked = previous;
    }
    task.previousParked = null;
    task.nextParked = null;
  }
}
