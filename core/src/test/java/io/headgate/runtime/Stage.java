package io.headgate.runtime;

import io.headgate.Admitted;
import io.headgate.Attempt;
import io.headgate.HeadgateEvent;
import io.headgate.HeadgateSettings;
import io.headgate.Job;
import io.headgate.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.agrona.concurrent.CachedNanoClock;
import org.agrona.concurrent.NanoClock;

/** A Headgate that a test steps, under a clock that the test moves; and what its listener heard. */
final class Stage {
  private static final String BARRIER = "barrier-";
  private static final Duration PUBLISHED = Duration.ofMillis(10);

  final CachedNanoClock clock = new CachedNanoClock();
  final LiveHeadgate headgate;

  /** What the listener does beside hearing. */
  volatile Consumer<HeadgateEvent> listening = event -> {};

  /** What the clock does before it says what time it is. */
  Runnable ticking = () -> {};

  private final List<HeadgateEvent> heard = new CopyOnWriteArrayList<>();
  private final Semaphore begun = new Semaphore(0);
  private final Semaphore mayEnd = new Semaphore(0);
  private int barriers;

  Stage(HeadgateSettings settings) {
    NanoClock ticks =
        () -> {
          ticking.run();
          return clock.nanoTime();
        };
    headgate = LiveHeadgate.stepped(settings, this::hear, ticks, () -> 0);
  }

  private void hear(HeadgateEvent event, long lost) {
    heard.add(event);
    listening.accept(event);
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

  // ---- calls that the test ends

  /** A call that has begun, and ends when the test says so, or when it is interrupted. */
  String held(Attempt attempt) throws InterruptedException {
    begun.release();
    mayEnd.acquire();
    return "held";
  }

  /** The same, but it listens to no interrupt. */
  String deaf(Attempt attempt) {
    begun.release();
    mayEnd.acquireUninterruptibly();
    return "deaf";
  }

  /** Steps until another one has begun. */
  void untilBegun() {
    until(begun::tryAcquire);
    settle();
  }

  /** Lets some end. */
  void letEnd(int calls) {
    mayEnd.release(calls);
  }

  /** Steps until one has begun, lets it run for that long, and ends it. */
  <T> Outcome<T> ran(Admitted<T> handle, Duration time) {
    untilBegun();
    advance(time);
    letEnd(1);
    return awaited(handle);
  }

  // ---- what was seen

  /** The counters as they are now. */
  Map<String, Long> counters() {
    advance(PUBLISHED);
    return headgate.counters().asMap();
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
    settle();
    until(() -> headgate.snapshot().inFlight() == 0);
    headgate.onTerminated();
    return heard.stream().filter(event -> !isBarrier(event)).toList();
  }
}
