package io.headgate.simulation;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Code that lives in virtual time: a client, a call, a submitter between two steps of admission. It
 * is written as a thread's code is, and runs on a virtual thread of its own, but only one of all
 * actors and their agenda runs at a time: {@link #pause} hands control back to the agenda, which
 * hands it on. So everything happens in the order of the seed.
 */
final class Actor {
  /** Ends an actor whose simulation is over. No user of the simulation sees it. */
  private static final class Over extends Error {
    private static final long serialVersionUID = 1;

    Over() {
      super("the simulation is over", null, false, false);
    }
  }

  /** What an actor does. */
  interface Body {
    void run() throws Interrupted;
  }

  /** An actor was interrupted while it paused. */
  static final class Interrupted extends Exception {
    private static final long serialVersionUID = 1;

    Interrupted() {
      super("interrupted", null, false, false);
    }
  }

  private static final ScopedValue<Actor> CURRENT = ScopedValue.newInstance();

  private final World world;
  private final Thread thread;
  private volatile boolean hasControl;
  private volatile @Nullable Thread agendaThread;
  private boolean started;
  private boolean ended;
  private boolean over;
  private boolean held;
  private boolean interrupted;
  private long pauses;
  private @Nullable Throwable failure;

  Actor(World world, Body body) {
    this.world = world;
    thread =
        Thread.ofVirtual().unstarted(() -> ScopedValue.where(CURRENT, this).run(() -> run(body)));
  }

  /** The actor whose code this is, or null if it is the agenda's. */
  static @Nullable Actor current() {
    return CURRENT.isBound() ? CURRENT.get() : null;
  }

  World world() {
    return world;
  }

  private void run(Body body) {
    try {
      body.run();
    } catch (Interrupted e) {
      interrupted = false; // nobody is left to hear of it
    } catch (Over e) {
      over = true;
    } catch (Throwable t) { // for the simulation, which it ends
      failure = t;
    }
    ended = true;
    handBack();
  }

  private void handBack() {
    hasControl = false;
    LockSupport.unpark(agendaThread);
  }

  // ---- on the agenda's thread

  /** Lets it go on until it pauses or ends. */
  void go() {
    if (ended) {
      return;
    }
    agendaThread = Thread.currentThread();
    hasControl = true;
    if (started) {
      LockSupport.unpark(thread);
    } else {
      started = true;
      world.actorStarted(this);
      thread.start();
    }
    while (hasControl) {
      LockSupport.park(this);
    }
    if (ended) {
      world.actorEnded(this);
      if (failure != null) {
        throw new IllegalStateException("an actor failed", failure);
      }
    }
  }

  /** Ends it where it pauses. */
  void end() {
    if (started && !ended) {
      over = true;
      go();
    }
  }

  // ---- on any thread of the simulation

  /** Lets it go on soon, at this very moment, if it still is in the pause of this number. */
  void wake(long pause) {
    var _ = wakeIn(pause, 0);
  }

  private Agenda.Entry wakeIn(long pause, long ns) {
    return world.agenda.in(
        ns,
        () -> {
          if (pauses == pause && !held) {
            go();
          }
        });
  }

  /** The number of its present pause, or of the next. */
  long pauseNumber() {
    return pauses;
  }

  /** Ends its present pause, or the next that may be interrupted, with {@link Interrupted}. */
  void interrupt() {
    interrupted = true;
    wake(pauses);
  }

  // ---- on its own thread

  private void handOver() {
    handBack();
    while (!hasControl) {
      LockSupport.park(this);
    }
    pauses++;
    if (over) {
      throw new Over();
    }
  }

  /** Waits to be woken, or interrupted: then it says so, and is interrupted no longer. */
  void pause() throws Interrupted {
    if (!interrupted) {
      handOver();
    }
    checkInterrupt();
  }

  /** Throws if it was interrupted, and is no longer then. */
  void checkInterrupt() throws Interrupted {
    if (interrupted) {
      interrupted = false;
      throw new Interrupted();
    }
  }

  /** Waits to be woken; an interrupt wakes it too, and stays. */
  void pauseThroughInterrupts() {
    handOver();
  }

  /** Forgets an interrupt; answers whether there was one. */
  boolean clearInterrupt() {
    boolean was = interrupted;
    interrupted = false;
    return was;
  }

  /** Sleeps so long, or until it is interrupted. */
  void sleep(long ns) throws Interrupted {
    long untilNs = world.agenda.nowNs() + ns;
    do {
      pause(untilNs - world.agenda.nowNs());
    } while (world.agenda.nowNs() < untilNs);
  }

  /** Waits to be woken, at most so long, or until it is interrupted. */
  void pause(long ns) throws Interrupted {
    Agenda.Entry wake = wakeIn(pauses, ns);
    try {
      pause();
    } finally {
      wake.cancel();
    }
  }

  /** Sleeps so long, whatever happens. */
  void sleepThroughInterrupts(long ns) {
    long untilNs = world.agenda.nowNs() + ns;
    while (world.agenda.nowNs() < untilNs) {
      Agenda.Entry wake = wakeIn(pauses, untilNs - world.agenda.nowNs());
      handOver();
      wake.cancel();
    }
  }

  /** Is held up for so long, as a thread that lost its CPU is: nothing wakes it before. */
  void holdUp(long ns) {
    held = true;
    var _ = world.agenda.in(ns, this::go);
    handOver();
    held = false;
    world.heldUp();
  }
}
