@NullMarked
package io.headgate.examples.storm.provider;

import org.jspecify.annotations.NullMarked;
