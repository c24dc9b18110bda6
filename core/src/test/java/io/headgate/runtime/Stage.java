package io.headgate.runtime;

import io.headgate.Admitted;
import io.headgate.HeadgateEvent;
import io.headgate.HeadgateSettings;
import io.headgate.Job;
import io.headgate.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.agrona.concurrent.CachedNanoClock;

/** A Headgate that a test steps, under a clock that the test moves; and what its listener heard. */
final class Stage {
  private static final String BARRIER = "barrier-";

  final CachedNanoClock clock = new CachedNanoClock();
  final LiveHeadgate headgate;
  private final List<HeadgateEvent> heard = new CopyOnWriteArrayList<>();
  private int barriers;

  Stage(HeadgateSettings settings) {
    headgate = LiveHeadgate.stepped(settings, (event, lost) -> heard.add(event), clock, () -> 0);
  }

  /** Moves the clock, and does what is due then. */
  void advance(Duration by) {
    clock.advance(by.toNanos());
    settle();
  }

  /** Steps until nothing is left to do. */
  void settle() {
    while (headgate.step() > 0) {
      Thread.onSpinWait();
    }
  }

  /** Steps until something is so, that attempts' threads bring about. */
  void until(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      int _ = headgate.step();
    }
  }

  /** Steps until a task has ended, and nothing is left to do. */
  <T> Outcome<T> awaited(Admitted<T> handle) {
    until(() -> handle.outcome().isPresent());
    settle();
    return handle.outcome().orElseThrow();
  }

  /** All that was to be heard until now. */
  List<HeadgateEvent> heard() {
    Job last = headgate.job(BARRIER + barriers++, j -> j);
    until(() -> heard.contains(new HeadgateEvent.JobChange(last.id(), true)));
    last.close();
    settle();
    return heard.stream().filter(event -> !isBarrier(event)).toList();
  }

  private static boolean isBarrier(HeadgateEvent event) {
    return event instanceof HeadgateEvent.JobChange change && change.job().startsWith(BARRIER);
  }

  /** Of that, one kind. */
  <E extends HeadgateEvent> List<E> heard(Class<E> kind) {
    return heard().stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  /** Ends it, and answers all that was heard. */
  List<HeadgateEvent> end() {
    headgate.onTerminated();
    return heard.stream().filter(event -> !isBarrier(event)).toList();
  }
}
