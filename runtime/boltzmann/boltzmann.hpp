#pragma once

#include <variad/runtime/boltzmann/coloring.hpp>
#include <variad/runtime/boltzmann/energy.hpp>
#include <variad/runtime/boltzmann/exchange.hpp>
#include <variad/runtime/boltzmann/gibbs.hpp>
#include <variad/runtime/boltzmann/graph.hpp>
#include <variad/runtime/boltzmann/ladder.hpp>
#include <variad/runtime/boltzmann/log_z.hpp>
#include <variad/runtime/boltzmann/log_z_annealed.hpp>
#include <variad/runtime/boltzmann/log_z_display.hpp>
#include <variad/runtime/boltzmann/log_z_exact.hpp>
#include <variad/runtime/boltzmann/log_z_tempered.hpp>
#include <variad/runtime/boltzmann/polynomial.hpp>
#include <variad/runtime/boltzmann/restricted.hpp>
#include <variad/runtime/boltzmann/tempering.hpp>
