package io.headgate.admission;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tasks that are parked although their job's budget covers them, since a limit of their agent, or
 * of all, does not: in line at the limit that refused them last. The dispatcher's thread only.
 *
 * <p>While nobody stands in a line, what ends costs a look at an empty map. Else it costs two
 * comparisons, with what the least of a line wants, and a walk along the line only if the limit now
 * covers that: so of the walks, each lets somebody go on, or meets one who waits for something
 * else, or two of whom one wants the least tokens and the other the least money. There are as many
 * in line as are parked, at most.
 */
public final class LimitLines {
  private static final class Line {
    final Set<Reservation> tasks = new LinkedHashSet<>();
    long leastTokens = Long.MAX_VALUE;
    long leastMoneyNanos = Long.MAX_VALUE;

    void add(Reservation task, long moneyNanos) {
      tasks.add(task);
      leastTokens = Math.min(leastTokens, task.wantedTokens());
      leastMoneyNanos = Math.min(leastMoneyNanos, moneyNanos);
    }
  }

  private final Map<SpendingAccount, Line> lines = new HashMap<>();
  private final Map<Reservation, SpendingAccount> places = new HashMap<>();
  private final Deque<SpendingAccount> freed = new ArrayDeque<>();

  /** This limit has refused it so much money and its tokens; it stands in no other line. */
  void add(Reservation task, SpendingAccount limit, long moneyNanos) {
    remove(task);
    places.put(task, limit);
    lines.computeIfAbsent(limit, each -> new Line()).add(task, moneyNanos);
  }

  /** It waits no more, or for something else. */
  public void remove(Reservation task) {
    if (places.isEmpty()) {
      return;
    }
    SpendingAccount limit = places.remove(task);
    Line line = limit == null ? null : lines.get(limit);
    if (line != null && line.tasks.remove(task) && line.tasks.isEmpty()) {
      lines.remove(limit);
    }
  }

  /**
   * It has given back at the gates what it did not use, at its agent's limit and at that of all.
   */
  public void freed(Reservation task, Gates gates) {
    if (!lines.isEmpty()) {
      note(task.agentGate().spending());
      note(gates.spending());
    }
  }

  private void note(@Nullable SpendingAccount limit) {
    if (limit != null && lines.containsKey(limit) && !freed.contains(limit)) {
      freed.add(limit);
    }
  }

  /**
   * Those in line at a limit of which that was said, if it may cover one of them now, in the order
   * in which they came; nobody if there is none such. They are to be tried, and step back into line
   * by that.
   */
  public List<Reservation> next() {
    SpendingAccount limit = freed.poll();
    while (limit != null) {
      Line line = lines.get(limit);
      if (line != null
          && limit.tokensLeft() >= line.leastTokens
          && limit.moneyLeft() >= line.leastMoneyNanos) {
        lines.remove(limit);
        line.tasks.forEach(places::remove);
        return new ArrayList<>(line.tasks);
      }
      limit = freed.poll();
    }
    return List.of();
  }

  /** Whether there is a limit of which that was said. */
  public boolean isAnyFreed() {
    return !freed.isEmpty();
  }

  /** How many stand in line. */
  public int size() {
    return places.size();
  }
}
