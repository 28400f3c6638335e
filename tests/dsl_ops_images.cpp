#include <cmath>
#include <numeric>
#include <vector>

#include "kernel_check.hpp"
#include <catch2/catch.hpp>

#include <variad/dsl/ops/average_pool.hpp>
#include <variad/dsl/ops/batch_norm.hpp>
#include <variad/dsl/ops/conv2d.hpp>
#include <variad/dsl/ops/conv_transpose2d.hpp>
#include <variad/dsl/ops/group_norm.hpp>
#include <variad/dsl/ops/layer_norm.hpp>
#include <variad/dsl/ops/max_pool.hpp>
#include <variad/dsl/ops/pad.hpp>
#include <variad/dsl/ops/upsample.hpp>

// Ops on images [height, width, channels], against loops over pixels that are written out here.

using namespace variad;
using kernel_check::event_of;
using kernel_check::input;

namespace {

using window = internals::window_options;
using values = std::vector<double>;

values numbers(std::size_t n, double at) {
  values v(n);
  for (double& x : v) x = std::sin(7 * (at += 0.61));
  return v;
}

/// One image, or none of its pixels.
struct image {
  const shape of;
  values x = values(static_cast<std::size_t>(of.size()), 0.0);

  bool has(int r, int c) const { return r >= 0 && r < of[0] && c >= 0 && c < of[1]; }
  std::size_t place(int r, int c, int channel) const {
    return static_cast<std::size_t>((r * of[1] + c) * of[2] + channel);
  }
  double& at(int r, int c, int channel) { return x[place(r, c, channel)]; }
  double at(int r, int c, int channel) const { return has(r, c) ? x[place(r, c, channel)] : 0; }
};

/// Calls f(r, c, channel) for each value.
template <class F>
void for_each_value(const shape& s, F&& f) {
  for (int r = 0; r < s[0]; ++r)
    for (int c = 0; c < s[1]; ++c)
      for (int channel = 0; channel < s[2]; ++channel) f(r, c, channel);
}

/// Σ over pixels (i, j) of the kernel and channels.
values convolved(const image& x, const values& w, const values& b, const window& o,
                 const shape& out) {
  image y{out};
  const int channels = x.of[2], n = out[2];
  for_each_value(out, [&](int r, int c, int k) {
    double sum = b.empty() ? 0 : b[static_cast<std::size_t>(k)];
    for (int i = 0; i < o.kernel[0]; ++i)
      for (int j = 0; j < o.kernel[1]; ++j)
        for (int m = 0; m < channels; ++m)
          sum += x.at(r * o.stride[0] - o.padding[0] + i, c * o.stride[1] - o.padding[1] + j, m) *
                 w[static_cast<std::size_t>(((i * o.kernel[1] + j) * channels + m) * n + k)];
    y.at(r, c, k) = sum;
  });
  return y.x;
}
/// Each pixel of x, times the kernel, into the places that it has there.
values transposed(const image& x, const values& w, const values& b, const window& o,
                  const shape& out) {
  image y{out};
  const int channels = x.of[2], n = out[2];
  for_each_value(out, [&](int r, int c, int k) {
    y.at(r, c, k) = b.empty() ? 0 : b[static_cast<std::size_t>(k)];
  });
  for_each_value(x.of, [&](int r, int c, int m) {
    for (int i = 0; i < o.kernel[0]; ++i)
      for (int j = 0; j < o.kernel[1]; ++j)
        for (int k = 0; k < n; ++k) {
          const int to_r = r * o.stride[0] - o.padding[0] + i,
                    to_c = c * o.stride[1] - o.padding[1] + j;
          if (y.has(to_r, to_c))
            y.at(to_r, to_c, k) +=
                x.at(r, c, m) *
                w[static_cast<std::size_t>(((i * o.kernel[1] + j) * n + k) * channels + m)];
        }
  });
  return y.x;
}

/// A call of a layer with its parameters, and what loops make of the same numbers.
template <class Layer, class Loops>
struct layer_on_images {
  Layer layer{};
  window options;
  Loops loops;
  shape in, out = Layer::event(std::span(&in, 1));
  kernel_check::call_on_buffers<double> b{{{in}}, out, out, 7};
  values weight = numbers(parameter_size(0), 0.2), bias, scratch;

  layer_on_images(const window& o, const Loops& l, const shape& s) : options(o), loops(l), in(s) {
    if (o.bias) bias = numbers(parameter_size(1), 0.5);
    b.call.parameters[0] = {weight.data(), nullptr, Layer::parameter_shape(0, events())};
    if (o.bias) b.call.parameters[1] = {bias.data(), nullptr, shape_of(out[2])};
    scratch.assign(Layer::scratch_size(b.call.rows, events()), 0);
    b.call.scratch = scratch.data();
  }
  std::span<const shape> events() const { return std::span(&in, 1); }
  std::size_t parameter_size(std::size_t i) const {
    return static_cast<std::size_t>(Layer::parameter_shape(i, events()).size());
  }

  values by_loops(const std::vector<double>& x, const values& w, const values& bs) const {
    values all;
    const auto size = static_cast<std::ptrdiff_t>(in.size());
    for (auto at = x.begin(); at != x.end(); at += size) {
      const values y = loops(image{in, {at, at + size}}, w, bs, options, out);
      all.insert(all.end(), y.begin(), y.end());
    }
    return all;
  }
  /// What is differentiated, Σ dy·y, is linear in x, in w and in the bias.
  template <class Y>
  static double product(const values& y, const Y& dy) {
    return std::inner_product(y.begin(), y.end(), dy.begin(), 0.0);
  }
  template <class F>
  static values differences(std::vector<double>& x, F&& f) {
    values d;
    for (double& value : x) {
      const double before = value;
      value = before + 1;
      const double up = f();
      value = before - 1;
      d.push_back((up - f()) / 2);
      value = before;
    }
    return d;
  }

  /// Of each image by itself: the others do not depend on it.
  values differences_of_images(const values& dy) const {
    values all;
    const auto size = static_cast<std::ptrdiff_t>(in.size()),
               pixels = static_cast<std::ptrdiff_t>(out.size());
    for (std::size_t row = 0; row < b.call.rows; ++row) {
      const auto at = static_cast<std::ptrdiff_t>(row);
      image x{in, {b.value[0].begin() + at * size, b.value[0].begin() + (at + 1) * size}};
      const values of_row(dy.begin() + at * pixels, dy.begin() + (at + 1) * pixels);
      const values d =
          differences(x.x, [&] { return product(loops(x, weight, bias, options, out), of_row); });
      all.insert(all.end(), d.begin(), d.end());
    }
    return all;
  }

  static void require_same(const std::vector<double>& found, const values& expected) {
    REQUIRE(found.size() == expected.size());
    std::size_t i = 0;
    while (i < found.size() && found[i] == Approx(expected[i]).epsilon(1e-11).margin(1e-11)) ++i;
    if (i == found.size()) return;
    CAPTURE(i);
    REQUIRE(found[i] == Approx(expected[i]).epsilon(1e-11).margin(1e-11));
  }

  void check() {
    CAPTURE(Layer::name, to_string(in), options.kernel, options.stride, options.padding);
    REQUIRE(out.valid);
    layer.forward(b.call);
    require_same(b.out, by_loops(b.value[0], weight, bias));

    const auto objective = [&] {
      return product(by_loops(b.value[0], weight, bias), b.out_adjoint);
    };
    const values of_x = differences_of_images(b.out_adjoint);
    const values of_w = differences(weight, objective), of_b = differences(bias, objective);
    for (const bool begins : {true, false}) {
      std::fill(b.adjoint[0].begin(), b.adjoint[0].end(), begins ? 1e9 : 1.0);
      b.call.begins_adjoints = begins;
      layer.pull_back(b.call);
      values d = b.adjoint[0];
      for (double& v : d) v -= begins ? 0 : 1;
      require_same(d, of_x);
    }
    check_gradient([&](std::size_t part, const auto& to,
                       bool begins) { return Layer::add_gradient(b.call, part, to, begins); },
                   of_w, of_b);
    check_along();
  }

  template <class F>
  void check_gradient(F&& add, const values& of_w, const values& of_b) {
    values d_weight(weight.size(), 1e9), d_bias(bias.size(), 1e9);
    for (std::size_t part = 0; part < Layer::gradient_parts(events()); ++part) {
      const auto begin = [&](std::size_t block) {
        return Layer::gradient_part(part, block, events()).first;
      };
      const gradient_places<double> to{d_weight.data() + begin(0),
                                       options.bias ? d_bias.data() + begin(1) : nullptr};
      CHECK_FALSE(add(part, to, false));
      REQUIRE(add(part, to, true));
    }
    require_same(d_weight, of_w);
    require_same(d_bias, of_b);
  }

  /// The derivative of all of it along a direction of x and of dy.
  void check_along() {
    values dx = numbers(b.value[0].size(), 0.9), ddy = numbers(b.out.size(), 0.1);
    values dy_along(b.out.size()), dx_along(dx.size(), 0.0);
    kernel_call<double> along = b.call;
    along.begins_adjoints = 0;
    along.inputs[0].value = dx.data();
    along.inputs[0].adjoint = dx_along.data();
    along.output.value = dy_along.data();
    along.output.adjoint = ddy.data();
    b.call.along = &along;
    layer.forward_along(b.call);
    require_same(dy_along, by_loops(dx, weight, {}));
    layer.pull_back_along(b.call);
    require_same(dx_along, differences_of_images(ddy));
    const auto moved = [&] {
      return product(by_loops(b.value[0], weight, bias), ddy) +
             product(by_loops(dx, weight, {}), b.out_adjoint);
    };
    const values of_w = differences(weight, moved), of_b = differences(bias, moved);
    check_gradient([&](std::size_t part, const auto& to,
                       bool begins) { return Layer::add_gradient_along(b.call, part, to, begins); },
                   of_w, of_b);
  }
};

template <int Out, window Options>
void check_convolution(const shape& in) {
  layer_on_images<ops::conv2d<Out, Options>, decltype(&convolved)>(Options, &convolved, in).check();
}
template <int Out, window Options>
void check_transposed(const shape& in) {
  layer_on_images<ops::conv_transpose2d<Out, Options>, decltype(&transposed)>(Options, &transposed,
                                                                              in)
      .check();
}

/// Values against f(image), derivatives against differences, and float against double.
template <class Op, class F>
void check_op(const Op& op, const shape& in, F&& f) {
  const std::vector<input> inputs{{in}};
  const shape out = event_of<Op>(inputs);
  CAPTURE(Op::name, to_string(in));
  REQUIRE(out.valid);
  kernel_check::call_on_buffers<double> b(inputs, out, out, 3);
  op.forward(b.call);
  const auto size = static_cast<std::ptrdiff_t>(in.size());
  auto at = b.out.begin();
  for (auto x = b.value[0].begin(); x != b.value[0].end(); x += size)
    for (const double y : f(image{in, {x, x + size}})) REQUIRE(*at++ == Approx(y).epsilon(1e-12));
  kernel_check::check_derivative(op, inputs);
  kernel_check::check_float(op, inputs, out);
}

/// The largest value of each window, or their mean, of the pixels that there are.
values pooled(const image& x, const window& o, const shape& out, bool largest) {
  image y{out};
  for_each_value(out, [&](int r, int c, int k) {
    double most = -1e300, sum = 0, count = 0;
    for (int i = 0; i < o.kernel[0]; ++i)
      for (int j = 0; j < o.kernel[1]; ++j) {
        const int row = r * o.stride[0] - o.padding[0] + i;
        const int column = c * o.stride[1] - o.padding[1] + j;
        if (!x.has(row, column)) continue;
        most = std::max(most, x.at(row, column, k));
        sum += x.at(row, column, k);
        ++count;
      }
    y.at(r, c, k) = largest ? most : sum / count;
  });
  return y.x;
}
template <window Options>
void check_pooling(const shape& in) {
  const shape out = ops::max_pool<Options>::event(std::span(&in, 1));
  check_op(ops::max_pool<Options>{}, in,
           [&](const image& x) { return pooled(x, Options, out, true); });
  check_op(ops::average_pool<Options>{}, in,
           [&](const image& x) { return pooled(x, Options, out, false); });
}

/// Holds a normalisation with its parameters against `group(r, c, channel)`, which says what group
/// a value is in, and `parameter`, which of the parameters it has.
template <class Op, class Group, class Parameter>
void check_normalization(const Op& op, const shape& in, Group&& group, Parameter&& parameter) {
  const auto events = std::span(&in, 1);
  const auto n = static_cast<std::size_t>(Op::parameter_shape(0, events).size());
  kernel_check::call_on_buffers<double> b({{in}}, in, in, 5);
  values scale = numbers(n, 0.4), shift = numbers(n, 0.7), d_scale(n, 1.0), d_shift(n, 1.0);
  b.call.parameters[0] = {scale.data(), d_scale.data(), Op::parameter_shape(0, events)};
  b.call.parameters[1] = {shift.data(), d_shift.data(), Op::parameter_shape(1, events)};
  const auto size = static_cast<std::size_t>(in.size());
  const auto by_loops = [&] {
    values y;
    for (std::size_t row = 0; row < b.call.rows; ++row) {
      const image x{in,
                    {b.value[0].begin() + static_cast<std::ptrdiff_t>(row * size),
                     b.value[0].begin() + static_cast<std::ptrdiff_t>((row + 1) * size)}};
      std::vector<double> count(size), mean(size), variance(size);
      for_each_value(in, [&](int r, int c, int k) {
        count[group(r, c, k)] += 1;
        mean[group(r, c, k)] += x.at(r, c, k);
      });
      for (std::size_t g = 0; g < size; ++g) mean[g] /= count[g] > 0 ? count[g] : 1;
      for_each_value(in, [&](int r, int c, int k) {
        const std::size_t g = group(r, c, k);
        variance[g] += std::pow(x.at(r, c, k) - mean[g], 2) / count[g];
      });
      for_each_value(in, [&](int r, int c, int k) {
        const std::size_t g = group(r, c, k), p = parameter(r, c, k);
        y.push_back(scale[p] * (x.at(r, c, k) - mean[g]) / std::sqrt(variance[g] + 1e-5) +
                    shift[p]);
      });
    }
    return y;
  };
  CAPTURE(Op::name, to_string(in));
  op.forward(b.call);
  const values expected = by_loops();
  for (std::size_t i = 0; i < expected.size(); ++i)
    REQUIRE(b.out[i] == Approx(expected[i]).epsilon(1e-11).margin(1e-12));
  op.pull_back(b.call);
  const auto hold = [&](std::vector<double>& x, const std::vector<double>& d, double begin) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double before = x[i];
      const auto objective = [&](double value) {
        x[i] = value;
        const values y = by_loops();
        return std::inner_product(y.begin(), y.end(), b.out_adjoint.begin(), 0.0);
      };
      const double up = objective(before + 1e-5), down = objective(before - 1e-5);
      x[i] = before;
      REQUIRE(d[i] - begin == Approx((up - down) / 2e-5).epsilon(1e-6).margin(1e-7));
    }
  };
  hold(b.value[0], b.adjoint[0], 0);
  hold(scale, d_scale, 1);
  hold(shift, d_shift, 1);
}

}  // namespace

TEST_CASE("convolutions of strides, paddings, odd sizes, one channel and many", "[ops]") {
  check_convolution<4, window{.kernel = {3, 3}}>(shape_of(5, 7, 1));
  check_convolution<1, window{.kernel = {3, 3}, .padding = {1, 1}}>(shape_of(4, 5, 3));
  check_convolution<5, window{.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}}>(
      shape_of(7, 6, 2));
  check_convolution<3, window{.kernel = {2, 3}, .stride = {3, 1}, .padding = {0, 2}}>(
      shape_of(8, 4, 2));
  check_convolution<2, window{.kernel = {5, 4}, .stride = {3, 3}, .padding = {2, 1}}>(
      shape_of(6, 5, 17));
  check_convolution<6, window{.kernel = {1, 1}, .bias = false}>(shape_of(3, 2, 5));
  check_convolution<3, window{.kernel = {1, 1}, .stride = {2, 2}}>(shape_of(5, 4, 2));
  // A window larger than the image, and one that is all of it.
  check_convolution<3, window{.kernel = {5, 3}, .padding = {2, 1}, .bias = false}>(
      shape_of(2, 1, 2));
  check_convolution<7, window{.kernel = {4, 3}}>(shape_of(4, 3, 2));
}

TEST_CASE("transposed convolutions of strides, paddings, odd sizes, one channel and many",
          "[ops]") {
  check_transposed<4, window{.kernel = {3, 3}}>(shape_of(4, 3, 1));
  check_transposed<1, window{.kernel = {3, 3}, .padding = {1, 1}}>(shape_of(3, 4, 3));
  check_transposed<
      2, window{.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}, .output_padding = {1, 0}}>(
      shape_of(3, 4, 3));
  check_transposed<3, window{.kernel = {2, 4}, .stride = {3, 3}, .output_padding = {2, 0}}>(
      shape_of(2, 3, 2));
  check_transposed<3, window{.kernel = {1, 1}, .bias = false}>(shape_of(3, 3, 4));
  check_transposed<17, window{.kernel = {5, 3}, .stride = {1, 2}, .padding = {2, 0}}>(
      shape_of(3, 2, 5));
}

TEST_CASE("the gradient of many weights comes in parts, of images by blocks", "[ops]") {
  constexpr window options{.kernel = {3, 3}, .padding = {1, 1}};
  using layer = ops::conv2d<96, options>;
  const shape in = shape_of(8, 8, 64);
  layer_on_images<layer, decltype(&convolved)> l(options, &convolved, in);
  REQUIRE(layer::gradient_parts(l.events()) == 2);
  REQUIRE(internals::windows_of(options, in).images_at_a_time(l.b.call.rows) == 1);
  values of_w(l.weight.size(), 0.0), of_b(96, 0.0);
  const auto size = static_cast<std::ptrdiff_t>(in.size());
  for (std::size_t row = 0; row < l.b.call.rows; ++row) {
    const auto begin = l.b.value[0].begin() + static_cast<std::ptrdiff_t>(row) * size;
    const image x{in, {begin, begin + size}};
    const double* dy = l.b.out_adjoint.data() + row * 8 * 8 * 96;
    for (int r = 0; r < 8; ++r)
      for (int c = 0; c < 8; ++c, dy += 96) {
        std::size_t w = 0;
        for (int i = -1; i <= 1; ++i)
          for (int j = -1; j <= 1; ++j)
            for (int m = 0; m < 64; ++m)
              for (std::size_t k = 0; k < 96; ++k, ++w) of_w[w] += x.at(r + i, c + j, m) * dy[k];
        for (std::size_t k = 0; k < 96; ++k) of_b[k] += dy[k];
      }
  }
  l.check_gradient([&](std::size_t part, const auto& to,
                       bool begins) { return layer::add_gradient(l.b.call, part, to, begins); },
                   of_w, of_b);
}

TEST_CASE("convolutions refuse what is no image or smaller than their windows", "[ops]") {
  using layer = ops::conv2d<4, window{.kernel = {3, 3}}>;
  CHECK_FALSE(event_of<layer>({{shape_of(28, 28)}}).valid);
  CHECK_FALSE(event_of<layer>({{shape_of(2, 28, 1)}}).valid);
  CHECK(event_of<layer>({{shape_of(3, 28, 1)}}) == shape_of(1, 26, 4));
  CHECK_FALSE(event_of<ops::conv_transpose2d<4, window{.kernel = {1, 1}, .padding = {1, 1}}>>(
                  {{shape_of(2, 3, 1)}})
                  .valid);
}

TEST_CASE("the largest and the mean pixel of windows", "[ops]") {
  check_pooling<window{.kernel = {2, 2}, .stride = {2, 2}}>(shape_of(4, 7, 3));
  check_pooling<window{.kernel = {3, 2}, .stride = {2, 1}, .padding = {1, 1}}>(shape_of(5, 4, 17));
  check_pooling<window{.kernel = {3, 3}, .stride = {3, 2}, .padding = {1, 0}}>(shape_of(3, 5, 1));
}

TEST_CASE("of equal pixels the first has the derivative, and a NaN stays one", "[ops]") {
  using op = ops::max_pool<window{.kernel = {2, 2}, .stride = {2, 2}}>;
  constexpr std::size_t channels = 19;  // registers, and the rest
  const shape one = shape_of(1, 1, channels);
  kernel_check::call_on_buffers<double> b({{shape_of(2, 2, channels)}}, one, one, 3);
  std::fill(b.value[0].begin(), b.value[0].end(), 0.5);
  op{}.forward(b.call);
  op{}.pull_back(b.call);
  for (std::size_t r = 0; r < b.call.rows; ++r)
    for (std::size_t i = 0; i < 4 * channels; ++i)
      CHECK(b.adjoint[0][4 * channels * r + i] ==
            (i < channels ? b.out_adjoint[channels * r + i] : 0));
  for (std::size_t pixel = 0; pixel < 4; ++pixel) {
    std::fill(b.value[0].begin(), b.value[0].end(), 0.5);
    std::fill_n(b.value[0].begin() + static_cast<std::ptrdiff_t>(channels * pixel), channels,
                std::nan(""));
    op{}.forward(b.call);
    for (std::size_t c = 0; c < channels; ++c) {
      CHECK(std::isnan(b.out[c]));
      CHECK(b.out[channels + c] == 0.5);
    }
  }
}

TEST_CASE("normalised values that are all alike are zeros", "[ops]") {
  const shape in = shape_of(28, 28, 3);
  for (const float value : {0.7F, 100.1F, 10000.1F}) {
    const auto check = [&](const auto& op, std::size_t parameters) {
      kernel_check::call_on_buffers<float> b({{in}}, in, in, 5);
      std::fill(b.value[0].begin(), b.value[0].end(), value);
      std::vector<float> ones(parameters, 1.0F), zeros(parameters, 0.0F);
      b.call.parameters[0].value = ones.data();
      b.call.parameters[1].value = zeros.data();
      op.forward(b.call);
      // A mean that is off by half of a unit in the last place, by √ε.
      float most = 0;
      for (const float y : b.out) most = std::max(most, std::abs(y));
      CHECK(most < value * 6e-8F / 0.00316F + 1e-6F);
    };
    check(ops::layer_norm<false>{}, 28 * 28 * 3);
    check(ops::group_norm<3>{}, 3);
  }
}

TEST_CASE("pixels repeated, and zeros around an image", "[ops]") {
  const shape in = shape_of(3, 2, 5);
  check_op(ops::upsample<2, 3>{}, in, [&](const image& x) {
    image y{shape_of(6, 6, 5)};
    for_each_value(y.of, [&](int r, int c, int k) { y.at(r, c, k) = x.at(r / 2, c / 3, k); });
    return y.x;
  });
  check_op(ops::pad<1, 2, 0, 3>{}, in, [&](const image& x) {
    image y{shape_of(6, 5, 5)};
    for_each_value(y.of, [&](int r, int c, int k) { y.at(r, c, k) = x.at(r - 1, c, k); });
    return y.x;
  });
}

TEST_CASE("values normalised within a row: all, those of the last axis, groups of channels",
          "[ops]") {
  const shape in = shape_of(2, 3, 20);
  const auto place = [&](int r, int c, int k) {
    return static_cast<std::size_t>((r * 3 + c) * 20 + k);
  };
  const auto channel = [](int, int, int k) { return static_cast<std::size_t>(k); };
  check_normalization(
      ops::layer_norm<false>{}, in, [](int, int, int) { return std::size_t{0}; }, place);
  check_normalization(
      ops::layer_norm<true>{}, in,
      [](int r, int c, int) { return static_cast<std::size_t>(r * 3 + c); }, channel);
  check_normalization(
      ops::group_norm<4>{}, in, [](int, int, int k) { return static_cast<std::size_t>(k / 5); },
      channel);
  check_normalization(
      ops::group_norm<1>{}, in, [](int, int, int) { return std::size_t{0}; }, channel);
  CHECK_FALSE(event_of<ops::group_norm<3>>({{in}}).valid);
}
