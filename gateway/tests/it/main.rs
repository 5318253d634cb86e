//! The gateway from outside: a real one on a free port, a scripted upstream behind it, the evidence log read back.

#[cfg(test)]
mod house;
#[cfg(test)]
mod upstream;

#[cfg(test)]
mod answers;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod evidence;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod hardening;
#[cfg(test)]
mod holding;
#[cfg(test)]
mod http2;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod judge;
#[cfg(test)]
mod listed;
#[cfg(test)]
mod mcp;
#[cfg(test)]
mod passing;
#[cfg(test)]
mod restoring;
#[cfg(test)]
mod stopping;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod tools;
