/** JMH benchmarks: ours, the floor (raw Disruptor), the peers. */
package io.headgate.bench;
