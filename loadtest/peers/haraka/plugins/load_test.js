'use strict'
// The two things that a relay for this machine needs and that Haraka leaves to plugins: who may send, and where to.

exports.register = function () {
  this.register_hook('connect', 'trust')
  this.register_hook('rcpt', 'take')
  this.register_hook('get_mx', 'sink')
}

exports.trust = function (next, connection) {
  connection.relaying = true
  next()
}

exports.take = function (next) {
  next(OK)
}

exports.sink = function (next) {
  next(OK, { priority: 0, exchange: '127.0.0.1', port: parseInt(process.env.SILO_LOAD_SINK, 10) })
}
