//! Buffers that results are read back through, used again and again.

use std::cell::RefCell;

/// Buffers that are not in use.
#[derive(Default)]
pub(crate) struct Staging {
    free: RefCell<Vec<wgpu::Buffer>>,
}

impl Staging {
    /// A buffer of `size` bytes or more.
    pub(crate) fn take(&self, device: &wgpu::Device, size: u64) -> wgpu::Buffer {
        let mut free = self.free.borrow_mut();
        let fitting =
            (0..free.len()).filter(|&i| free[i].size() >= size).min_by_key(|&i| free[i].size());
        if let Some(i) = fitting {
            return free.swap_remove(i);
        }
        device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("staging"),
            size: size.next_power_of_two().max(256),
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        })
    }

    /// Gives a buffer back, unmapped.
    pub(crate) fn give_back(&self, buffer: wgpu::Buffer) {
        self.free.borrow_mut().push(buffer);
    }
}
