package io.headgate.bench.storm;

import com.alibaba.csp.sentinel.AsyncEntry;
import com.alibaba.csp.sentinel.SphU;
import com.alibaba.csp.sentinel.Tracer;
import com.alibaba.csp.sentinel.slots.block.BlockException;
import com.alibaba.csp.sentinel.slots.block.RuleConstant;
import com.alibaba.csp.sentinel.slots.block.degrade.DegradeException;
import com.alibaba.csp.sentinel.slots.block.flow.FlowException;
import com.alibaba.csp.sentinel.slots.block.flow.FlowRule;
import com.alibaba.csp.sentinel.slots.block.flow.FlowRuleManager;
import com.alibaba.csp.sentinel.slots.clusterbuilder.ClusterBuilderSlot;
import io.headgate.bench.peers.SentinelRules;

/**
 * Sentinel's rules for rate, concurrency and circuit breaking, and a virtual thread for each call
 * that they let in, which exits the caller's asynchronous entry.
 *
 * <p>Two things are in its favour. Its order is its own: the circuit comes after the concurrency,
 * so what the concurrency refuses, and counts here as the last gate's, has not looked at the
 * circuit. And it looks at the count first and counts later, so that producers who race run some
 * more calls than {@link Provider#CAPACITY}.
 */
final class SentinelStorm implements StormSubject {
  // Sentinel asks the rules in the order of their hashes: by this name the concurrency is last.
  private static final String RESOURCE = "provider";

  private final Provider provider;
  private volatile boolean circuitOpened;

  SentinelStorm(Provider provider) {
    this.provider = provider;
    SentinelRules.tolerant(RESOURCE, Provider.CAPACITY);
    FlowRule last = FlowRuleManager.getRules().getLast();
    if (last.getGrade() != RuleConstant.FLOW_GRADE_THREAD) {
      throw new IllegalStateException("the rate is asked after the concurrency");
    }
  }

  @Override
  public Answer submit(int producer, long call) {
    AsyncEntry entry;
    try {
      entry = SphU.asyncEntry(RESOURCE);
    } catch (FlowException e) {
      return e.getRule().getGrade() == RuleConstant.FLOW_GRADE_THREAD
          ? Answer.REFUSED_LAST
          : Answer.REFUSED_EARLIER;
    } catch (DegradeException e) {
      circuitOpened = true;
      return Answer.REFUSED_EARLIER;
    } catch (BlockException e) {
      throw new IllegalStateException("no such rule was loaded", e);
    }
    var _ = Thread.startVirtualThread(() -> call(entry));
    return Answer.ADMITTED;
  }

  private void call(AsyncEntry entry) {
    try {
      provider.call();
    } catch (Throwable failure) { // whatever it is, the entry ends
      Tracer.traceEntry(failure, entry);
    }
    entry.exit();
  }

  @Override
  public void close() {
    Rest.await(() -> ClusterBuilderSlot.getClusterNode(RESOURCE).curThreadNum() == 0);
    if (circuitOpened) {
      throw new IllegalStateException("the circuit opened: this measures it");
    }
  }
}
