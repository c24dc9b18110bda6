package io.headgate.runtime;

import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Job;
import io.headgate.Refused;
import io.headgate.RefusedException;
import io.headgate.Target;
import io.headgate.Task;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.NanoClock;
import org.jspecify.annotations.Nullable;

/**
 * A view of (job, agent, target) as an executor service, with the contract of {@code
 * java.util.concurrent}: {@code shutdownNow} answers the commands that never began, a future whose
 * command will never run is cancelled, and termination waits for what runs.
 */
final class TaskExecutor extends AbstractExecutorService {
  /** One command on its way. Guarded by the executor. */
  private static final class Entry {
    final Runnable command;
    @Nullable Admitted<?> handle;
    boolean began;
    boolean withdrawn;

    /** Its task is to be cancelled as soon as there is a handle. */
    boolean stop;

    Entry(Runnable command) {
      this.command = command;
    }
  }

  private final Job job;
  private final Agent agent;
  private final Target target;
  private final NanoClock clock;

  // Guarded by this.
  private final Map<Entry, Boolean> live = new LinkedHashMap<>();
  private boolean shutdown;

  TaskExecutor(Job job, Agent agent, Target target, NanoClock clock) {
    this.clock = clock;
    this.job = job;
    this.agent = agent;
    this.target = target;
  }

  @Override
  public void execute(Runnable command) {
    Objects.requireNonNull(command, "command");
    Entry entry = new Entry(command);
    synchronized (this) {
      if (shutdown) {
        throw new RejectedExecutionException("this view is shut down");
      }
      live.put(entry, true);
    }
    boolean admitted = false;
    try {
      switch (job.submit(Task.<@Nullable Void>of(agent, target, attempt -> run(entry)))) {
        case Admitted<@Nullable Void> handle -> {
          admitted = true;
          admitted(entry, (TaskHandle<@Nullable Void>) handle);
        }
        case Refused<@Nullable Void> refused -> {
          RefusedException cause = new RefusedException(refused);
          throw new RejectedExecutionException(cause.getMessage(), cause);
        }
      }
    } finally {
      if (!admitted) {
        over(entry);
      }
    }
  }

  private void admitted(Entry entry, TaskHandle<@Nullable Void> handle) {
    boolean stop;
    synchronized (this) {
      entry.handle = handle;
      stop = entry.stop;
    }
    if (stop) {
      var _ = handle.cancel();
    }
    handle.whenDone(() -> ended(entry));
  }

  private @Nullable Void run(Entry entry) {
    synchronized (this) {
      if (entry.withdrawn) {
        return null;
      }
      entry.began = true;
    }
    try {
      entry.command.run();
    } catch (Throwable t) { // as a pool does: a future keeps it for itself, a bare command does not
      var handler = Thread.getDefaultUncaughtExceptionHandler();
      if (handler != null) {
        handler.uncaughtException(Thread.currentThread(), t);
      }
      throw t;
    } finally {
      over(entry);
    }
    return null;
  }

  // The task has its outcome. If its command began, its thread says when it is over.
  private void ended(Entry entry) {
    synchronized (this) {
      if (entry.began || entry.withdrawn) {
        return;
      }
      entry.withdrawn = true;
    }
    if (entry.command instanceof Future<?> future) {
      future.cancel(false);
    }
    over(entry);
  }

  private synchronized void over(Entry entry) {
    live.remove(entry);
    notifyAll();
  }

  @Override
  public synchronized void shutdown() {
    shutdown = true;
    notifyAll();
  }

  @Override
  public List<Runnable> shutdownNow() {
    List<Runnable> never = new ArrayList<>();
    List<Admitted<?>> toCancel = new ArrayList<>();
    synchronized (this) {
      shutdown = true;
      for (Entry entry : List.copyOf(live.keySet())) {
        entry.stop = true;
        if (!entry.began && !entry.withdrawn) {
          entry.withdrawn = true;
          never.add(entry.command);
          live.remove(entry);
        }
        if (entry.handle != null) {
          toCancel.add(entry.handle);
        }
      }
      notifyAll();
    }
    for (Admitted<?> handle : toCancel) {
      var _ = handle.cancel();
    }
    return never;
  }

  @Override
  public synchronized boolean isShutdown() {
    return shutdown;
  }

  @Override
  public synchronized boolean isTerminated() {
    return shutdown && live.isEmpty();
  }

  @Override
  public synchronized boolean awaitTermination(long timeout, TimeUnit unit)
      throws InterruptedException {
    long left = unit.toNanos(timeout);
    long start = clock.nanoTime();
    while (!isTerminated()) {
      long now = left - (clock.nanoTime() - start);
      if (now <= 0) {
        return false;
      }
      TimeUnit.NANOSECONDS.timedWait(this, now);
    }
    return true;
  }
}
