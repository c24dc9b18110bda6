package io.headgate.examples.storm.arm;

import io.headgate.examples.storm.workload.JobPlan;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/** One virtual thread for each open job. */
final class JobThreads {
  private final String name;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition allEnded = lock.newCondition();
  private final Set<Thread> open = new HashSet<>();

  JobThreads(String name) {
    this.name = name;
  }

  void start(JobPlan job, Consumer<JobPlan> body) {
    var thread =
        Thread.ofVirtual()
            .name(name + "-job-" + job.id())
            .unstarted(
                () -> {
                  try {
                    body.accept(job);
                  } finally {
                    remove(Thread.currentThread());
                  }
                });
    lock.lock();
    try {
      open.add(thread);
    } finally {
      lock.unlock();
    }
    thread.start();
  }

  private void remove(Thread thread) {
    lock.lock();
    try {
      open.remove(thread);
      if (open.isEmpty()) {
        allEnded.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Waits so long for all of them; false if some are left then. */
  boolean await(Duration patience) {
    lock.lock();
    try {
      for (long left = patience.toNanos(); !open.isEmpty() && left > 0; ) {
        left = allEnded.awaitNanos(left);
      }
      return open.isEmpty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }

  void interruptAll() {
    List<Thread> threads;
    lock.lock();
    try {
      threads = List.copyOf(open);
    } finally {
      lock.unlock();
    }
    threads.forEach(Thread::interrupt);
  }

  int count() {
    lock.lock();
    try {
      return open.size();
    } finally {
      lock.unlock();
    }
  }
}
