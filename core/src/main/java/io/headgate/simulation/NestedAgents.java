package io.headgate.simulation;

import io.headgate.Estimate;
import io.headgate.JobSettings;
import io.headgate.admission.AgentGate;
import io.headgate.engine.Ending;
import java.util.SplittableRandom;

/**
 * Jobs of agents that are nested: each asks the one below it first, and then the model, with what
 * it was told; the last asks the model alone. So while the model is out it is the last that fails,
 * and each above it may try again what it has asked for.
 */
final class NestedAgents {
  private static final double SECOND_NS = 1e9;
  private static final long BACKOFF_NS = 200_000_000;
  private static final long INPUT = 400;
  private static final long OUTPUT = 100;
  private static final int MODEL = 0;
  private static final int AGENTS = 1;

  private final Flight flight;
  private final JobSettings settings;
  private final int levels;
  private final int tries;
  private final boolean apart;
  private final long thinkNs;
  private final SplittableRandom random = new SplittableRandom(1);
  private long jobs;

  /**
   * @param flight whose first target is the model; the second, if there is one, stands for agents
   * @param tries of each agent for what it asks for, the first included: 1 where retries are left
   *     to Headgate
   * @param thinkNs of each agent before it asks for anything
   */
  NestedAgents(Flight flight, JobSettings settings, int levels, int tries, long thinkNs) {
    this.flight = flight;
    this.settings = settings;
    this.levels = levels;
    this.tries = tries;
    this.thinkNs = thinkNs;
    this.apart = flight.scenario.targets().size() > AGENTS;
  }

  /** Lets jobs arrive until then, as a Poisson process. */
  void arrive(double perSecond, long untilNs) throws Actor.Interrupted {
    while (true) {
      self().sleep(1 + (long) Draw.exponential(random, SECOND_NS / perSecond));
      if (flight.world.agenda.nowNs() >= untilNs) {
        return;
      }
      long number = jobs++;
      flight.world.start(() -> work(number));
    }
  }

  private void work(long number) throws Actor.Interrupted {
    flight.jobArrived();
    if (flight.headgate.openJob(settings, null) instanceof VirtualJob job) {
      AgentGate agent = flight.agent("agent-" + number % flight.scenario.agents().size());
      VirtualTask task = flight.submit(job, ask(agent, apart), level(agent, 1)).task();
      if (task != null) {
        task.await();
      }
      boolean answered = task != null && task.ending == Ending.COMPLETED;
      flight.jobOver(job, answered && flight.world.nanoTime() <= job.deadlineNs(), false);
      flight.headgate.closeJob(job);
    } else {
      flight.jobRefused();
    }
  }

  // An agent's own call costs nothing; where it has no target of its own, it is the model's.
  private VirtualHeadgate.Ask ask(AgentGate agent, boolean ofAgent) {
    var demand = ofAgent ? new Demand(Estimate.of(0, 0), 0, 0) : demand();
    return VirtualHeadgate.Ask.of(agent, flight.target(ofAgent ? AGENTS : MODEL), demand);
  }

  private static Demand demand() {
    return new Demand(Estimate.of(INPUT, OUTPUT), INPUT, OUTPUT);
  }

  private VirtualCall level(AgentGate agent, int level) {
    return attempt -> {
      attempt.usage(0, 0);
      if (thinkNs > 0) {
        self().sleep(thinkNs);
      }
      if (level < levels) {
        asks(attempt, ask(agent, apart), level(agent, level + 1));
      }
      if (apart) {
        asks(attempt, ask(agent, false), each -> flight.providerOf(MODEL).call(each, demand()));
      } else {
        flight.providerOf(MODEL).call(attempt, demand());
      }
    };
  }

  /** Asks until it is answered, as often as it may. */
  private void asks(VirtualAttempt caller, VirtualHeadgate.Ask ask, VirtualCall call)
      throws CallFailed, Actor.Interrupted {
    VirtualTask task = null;
    for (int tried = 0; tried < tries; tried++) {
      if (tried > 0) {
        self().sleep(1 + random.nextLong(BACKOFF_NS << Math.min(tried, 8)));
      }
      task = flight.submitChild(caller, ask, call);
      if (task != null) {
        caller.join(task, Long.MAX_VALUE);
        if (task.ending == Ending.COMPLETED) {
          return;
        }
      }
    }
    // A refusal that is handed on counts as CANCELLED above, and so on.
    if (task == null || (task.ending == Ending.FAILED && task.failure == null)) {
      throw new Actor.Interrupted();
    }
    throw new CallFailed(CallFailed.Kind.UNAVAILABLE, 0);
  }

  private static Actor self() {
    Actor self = Actor.current();
    if (self == null) {
      throw new IllegalStateException("only an actor can wait");
    }
    return self;
  }
}
