//! Keeps preimages before they are lost and puts them back.
