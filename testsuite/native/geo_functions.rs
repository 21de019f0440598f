// The functions of geo.cf: what geo_functions.h says, in Rust.
use std::os::raw::{c_char, c_int};

#[repr(C)]
pub struct Calc([u8; 0]);
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Point {
    x: f64,
    y: f64,
}
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Frame {
    low: Point,
    high: Point,
    n: u64,
}
#[repr(C)]
pub struct View<T> {
    item: *const T,
    count: u64,
}

extern "C" {
    fn calc_fail(c: *mut Calc, format: *const c_char, ...) -> c_int;
}

fn items<T>(v: &View<T>) -> &[T] {
    if v.count == 0 {
        return &[];
    }
    unsafe { std::slice::from_raw_parts(v.item, v.count as usize) }
}

fn widen(to: &mut Frame, by: &Frame) {
    to.low.x = to.low.x.min(by.low.x);
    to.low.y = to.low.y.min(by.low.y);
    to.high.x = to.high.x.max(by.high.x);
    to.high.y = to.high.y.max(by.high.y);
    to.n += by.n;
}

#[no_mangle]
pub extern "C" fn geo_bounds(c: *mut Calc, p: View<Point>, out: &mut Frame) -> c_int {
    let points = items(&p);
    if points.is_empty() {
        return unsafe { calc_fail(c, b"no points\0".as_ptr() as *const c_char) };
    }
    *out = Frame { low: points[0], high: points[0], n: 0 };
    for q in points {
        widen(out, &Frame { low: *q, high: *q, n: 1 });
    }
    0
}

#[no_mangle]
pub extern "C" fn geo_join(c: *mut Calc, f: View<Frame>, out: &mut Frame) -> c_int {
    let frames = items(&f);
    if frames.is_empty() {
        return unsafe { calc_fail(c, b"no frames\0".as_ptr() as *const c_char) };
    }
    *out = frames[0];
    for q in &frames[1..] {
        widen(out, q);
    }
    0
}
