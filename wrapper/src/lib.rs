//! Client for Prisma Cloud.
