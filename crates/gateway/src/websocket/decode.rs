//! Client frames in: an incremental decoder over slices of the caller's read buffer.
//!
//! A message that lies whole in the buffer is unmasked there and borrowed. Only what is partial is
//! copied, into a buffer that exists no longer than that is so: the decoder of an idle socket is
//! three words.

use std::{borrow::Cow, mem};

use super::{
    assembly::Assembly,
    error::DecodeError,
    frame::{Header, MAX_HEADER_BYTES, Opcode},
    mask,
    message::{Message, whole_message},
    text::TextAssembly,
};

/// What a decoder accepts.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The longest message, over all its frames, in bytes of payload.
    pub max_message_bytes: usize,
}

/// The part of a read buffer that has not been decoded yet.
#[derive(Debug)]
pub struct Input<'i>(&'i mut [u8]);

impl<'i> Input<'i> {
    /// What one read gave. It is unmasked in place and means nothing afterwards.
    pub fn new(bytes: &'i mut [u8]) -> Self {
        Self(bytes)
    }

    /// What has not been decoded yet; still masked as it came.
    pub fn bytes(&self) -> &[u8] {
        self.0
    }

    fn take(&mut self, length: usize) -> &'i mut [u8] {
        let (front, rest) = mem::take(&mut self.0).split_at_mut(length);
        self.0 = rest;
        front
    }

    fn take_all(&mut self) -> &'i mut [u8] {
        mem::take(&mut self.0)
    }
}

/// Decodes one socket's incoming bytes.
#[derive(Debug)]
pub struct Decoder {
    max_message_bytes: usize,
    partial: Option<Box<Partial>>,
    /// After a close frame or an error: the stream means nothing any more.
    ended: bool,
}

impl Decoder {
    /// A decoder at the start of a stream; allocates nothing.
    pub fn new(limits: Limits) -> Self {
        Self {
            max_message_bytes: limits.max_message_bytes,
            partial: None,
            ended: false,
        }
    }

    /// Takes the next message off the front of `input`, which it unmasks in place.
    ///
    /// Call until it gives `None`: then `input` is used up, and what it held of an unfinished message
    /// is kept until the next call. After a close frame or an error everything is thrown away
    /// unread.
    ///
    /// # Errors
    /// The first breach of the protocol; messages before it have been given out.
    pub fn decode<'i>(
        &mut self,
        input: &mut Input<'i>,
    ) -> Result<Option<Message<'i>>, DecodeError> {
        if self.ended {
            input.take_all();
            return Ok(None);
        }
        let result = self.next_message(input);
        if matches!(result, Err(_) | Ok(Some(Message::Close(_)))) {
            self.ended = true;
            self.partial = None;
            input.take_all();
        } else if self
            .partial
            .as_ref()
            .is_some_and(|partial| partial.is_empty())
        {
            self.partial = None;
        }
        result
    }

    /// Whether bytes of an unfinished frame or message are kept. A socket that stays so for long
    /// holds memory without saying anything.
    pub fn is_partial(&self) -> bool {
        self.partial.is_some()
    }

    fn next_message<'i>(
        &mut self,
        input: &mut Input<'i>,
    ) -> Result<Option<Message<'i>>, DecodeError> {
        loop {
            let Some(mut frame) = self.next_frame(input)? else {
                return Ok(None);
            };
            if frame.arrived == 0 && self.is_whole(&frame, input.bytes().len()) {
                let payload = input.take(frame.length);
                mask::apply(payload, frame.mask, 0);
                return whole_message(frame.opcode, Cow::Borrowed(payload)).map(Some);
            }
            if input.bytes().is_empty() && frame.arrived < frame.length {
                self.partial_mut().frame = Some(frame);
                return Ok(None);
            }
            let piece = input.take(frame.missing().min(input.bytes().len()));
            mask::apply(piece, frame.mask, frame.arrived);
            let message = self.take_piece(&mut frame, piece)?;
            if frame.missing() > 0 {
                self.partial_mut().frame = Some(frame);
            } else if message.is_some() {
                return Ok(message);
            }
        }
    }

    /// The frame whose payload comes next: the one begun, or one whose header ends in `input`.
    fn next_frame(&mut self, input: &mut Input<'_>) -> Result<Option<Frame>, DecodeError> {
        if let Some(frame) = self
            .partial
            .as_mut()
            .and_then(|partial| partial.frame.take())
        {
            return Ok(Some(frame));
        }
        let Some(header) = self.next_header(input)? else {
            return Ok(None);
        };
        let before = match (header.opcode, self.message()) {
            (Opcode::Continuation, None) => return Err(DecodeError::UnexpectedContinuation),
            (Opcode::Text | Opcode::Binary, Some(_)) => {
                return Err(DecodeError::ExpectedContinuation);
            }
            (Opcode::Continuation, Some(message)) => message.len(),
            _ => 0,
        };
        let limit_bytes = self.max_message_bytes;
        // A control frame's 125 bytes are no message and count against no limit.
        let room = if header.opcode.is_control() {
            usize::MAX
        } else {
            limit_bytes - before
        };
        match usize::try_from(header.length) {
            Ok(length) if length <= room => Ok(Some(Frame::new(header, length))),
            _ => Err(DecodeError::MessageTooBig { limit_bytes }),
        }
    }

    fn next_header(&mut self, input: &mut Input<'_>) -> Result<Option<Header>, DecodeError> {
        let Some(start) = self
            .partial
            .as_mut()
            .filter(|partial| partial.header_len > 0)
        else {
            let parsed = Header::parse(input.bytes())?;
            if let Some((header, size)) = parsed {
                input.take(size);
                return Ok(Some(header));
            }
            if !input.bytes().is_empty() {
                let rest = input.take_all();
                self.partial_mut().keep_header(rest);
            }
            return Ok(None);
        };
        let kept = usize::from(start.header_len);
        let taken = input.bytes().len().min(MAX_HEADER_BYTES - kept);
        start.keep_header(&input.bytes()[..taken]);
        let Some((header, size)) = Header::parse(&start.header[..kept + taken])? else {
            input.take(taken);
            return Ok(None);
        };
        start.header_len = 0;
        input.take(size - kept);
        Ok(Some(header))
    }

    /// Whether the frame can be given out as it lies in the input.
    fn is_whole(&self, frame: &Frame, available: usize) -> bool {
        let alone = frame.opcode.is_control() || (frame.fin && self.message().is_none());
        alone && frame.length <= available
    }

    /// Keeps a piece of a frame's payload; gives the message that it completes.
    fn take_piece(
        &mut self,
        frame: &mut Frame,
        piece: &[u8],
    ) -> Result<Option<Message<'static>>, DecodeError> {
        let begins = frame.arrived == 0;
        frame.arrived += piece.len();
        let missing = frame.missing();
        if frame.opcode.is_control() {
            frame.control.extend_from_slice(piece);
            if missing > 0 {
                return Ok(None);
            }
            return whole_message(frame.opcode, Cow::Owned(mem::take(&mut frame.control)))
                .map(Some);
        }
        let max_message_bytes = self.max_message_bytes;
        let slot = &mut self.partial_mut().message;
        match frame.opcode {
            Opcode::Text if begins => *slot = Some(Assembly::Text(TextAssembly::default())),
            Opcode::Binary if begins => *slot = Some(Assembly::Binary(Vec::new())),
            _ => {}
        }
        let message = slot
            .as_mut()
            .expect("begun above, or by the frame that this one continues");
        let room = if frame.fin {
            missing
        } else {
            max_message_bytes - message.len() - piece.len()
        };
        message.push(piece, room)?;
        if missing > 0 || !frame.fin {
            return Ok(None);
        }
        slot.take().map(Assembly::finish).transpose()
    }

    fn message(&self) -> Option<&Assembly> {
        self.partial.as_ref()?.message.as_ref()
    }

    fn partial_mut(&mut self) -> &mut Partial {
        self.partial.get_or_insert_default()
    }
}

/// What is kept between two reads.
#[derive(Debug, Default)]
struct Partial {
    header: [u8; MAX_HEADER_BYTES],
    header_len: u8,
    frame: Option<Frame>,
    message: Option<Assembly>,
}

impl Partial {
    fn is_empty(&self) -> bool {
        self.header_len == 0 && self.frame.is_none() && self.message.is_none()
    }

    fn keep_header(&mut self, bytes: &[u8]) {
        let kept = usize::from(self.header_len);
        self.header[kept..kept + bytes.len()].copy_from_slice(bytes);
        self.header_len += bytes.len() as u8;
    }
}

/// A frame whose header has been read.
#[derive(Debug)]
struct Frame {
    fin: bool,
    opcode: Opcode,
    mask: [u8; 4],
    length: usize,
    /// Bytes of its payload that were taken off the input.
    arrived: usize,
    /// Those bytes, for a control frame; a message's are in its assembly.
    control: Vec<u8>,
}

impl Frame {
    fn new(header: Header, length: usize) -> Self {
        let Header {
            fin, opcode, mask, ..
        } = header;
        Self {
            fin,
            opcode,
            mask,
            length,
            arrived: 0,
            control: Vec::new(),
        }
    }

    fn missing(&self) -> usize {
        self.length - self.arrived
    }
}
