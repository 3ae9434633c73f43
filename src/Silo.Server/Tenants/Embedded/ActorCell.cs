namespace Silo.Server.Tenants.Embedded;

/// <summary>One actor's mailbox. A call that finds it empty runs on the caller's thread; the others wait in line.</summary>
/// <param name="dropped">The life before this cell's first ended after a failure.</param>
internal sealed class ActorCell<TActor>(string key, Func<string, TActor> create, ActorHostOptions options, bool dropped = false)
    where TActor : class, IActor
{
    private readonly Lock _lock = new();
    private readonly Queue<Turn> _waiting = new();
    private TActor? _actor;
    private bool _running;
    private bool _closed;
    private bool _dropped = dropped;
    private volatile bool _discard;
    private long _lastUsed;

    public long LastUsed => Volatile.Read(ref _lastUsed);

    /// <summary>An actor is in memory, and is to be used on.</summary>
    public bool IsAlive => _actor is not null && !_discard;

    /// <summary>A life here ended after a failure: what it had put in line may not be stored.</summary>
    public bool IsUnclean => _dropped || _discard;

    public void Discard() => _discard = true;

    /// <summary>False when the cell was collected: the caller takes a new one.</summary>
    public bool TryPost<TArgument, TResult>(
        TArgument argument, Func<TActor, TArgument, CancellationToken, ValueTask<TResult>> call, long timestamp,
        CancellationToken cancellationToken, out ValueTask<TResult> result)
    {
        CallTurn<TArgument, TResult>? turn = null;
        lock (_lock)
        {
            if (_closed)
            {
                result = default;
                return false;
            }

            Volatile.Write(ref _lastUsed, timestamp);
            if (_running)
            {
                if (_waiting.Count >= options.MaxPendingCalls)
                {
                    // With the result, as every other failure of a call: not every caller stands in a try block when it posts.
                    result = ValueTask.FromException<TResult>(new ActorBusyException(key));
                    return true;
                }

                turn = new CallTurn<TArgument, TResult>(this, argument, call, cancellationToken);
                _waiting.Enqueue(turn);
            }
            else
            {
                _running = true;
            }
        }

        result = turn is null ? RunNow(argument, call) : turn.Result;
        return true;
    }

    /// <summary>Ends the actor's life when nobody is waiting for it. False when it is busy or wants to stay.</summary>
    /// <param name="isIdle">Whether the time of its last use is long enough ago; null to collect it in any case.</param>
    public async ValueTask<bool> TryCollect(Func<long, bool>? isIdle)
    {
        lock (_lock)
        {
            if (_running || _closed) return _closed;
            // It may have been used since it was found idle; the next activation relies on the rest that it had.
            if (isIdle is not null && !isIdle(_lastUsed)) return false;
            _running = true;
        }

        var gone = false;
        try
        {
            gone = _actor is null || _discard || await _actor.Deactivate(force: isIdle is null);
        }
        catch
        {
            Drop();
            throw;
        }
        finally
        {
            lock (_lock)
            {
                if (gone && _waiting.Count == 0) _closed = true;
                if (gone) _actor = null;
            }

            PassOn();
        }

        return _closed;
    }

    private async ValueTask<TResult> RunNow<TArgument, TResult>(
        TArgument argument, Func<TActor, TArgument, CancellationToken, ValueTask<TResult>> call)
    {
        try
        {
            return await Invoke(argument, call);
        }
        finally
        {
            PassOn();
        }
    }

    private async ValueTask<TResult> Invoke<TArgument, TResult>(
        TArgument argument, Func<TActor, TArgument, CancellationToken, ValueTask<TResult>> call)
    {
        try
        {
            if (_discard)
            {
                _discard = false;
                Drop();
            }

            if (_actor is null)
            {
                var actor = create(key);
                await actor.Activate(clean: !_dropped, CancellationToken.None);
                _actor = actor;
            }

            return await call(_actor, argument, CancellationToken.None);
        }
        catch
        {
            // What the call left in memory may be half of a change.
            Drop();
            throw;
        }
    }

    private void Drop()
    {
        _dropped |= _actor is not null;
        _actor = null;
    }

    /// <summary>Gives the turn to the next call in line, on a thread of its own, so that nobody's caller works off the others' calls.</summary>
    private void PassOn()
    {
        Turn? next;
        lock (_lock)
        {
            do
            {
                if (!_waiting.TryDequeue(out next))
                {
                    _running = false;
                    return;
                }
            }
            while (!next.TryStart());
        }

        ThreadPool.UnsafeQueueUserWorkItem(next, preferLocal: true);
    }

    private abstract class Turn : IThreadPoolWorkItem
    {
        /// <summary>False when its caller has given up waiting.</summary>
        public abstract bool TryStart();

        public abstract void Execute();
    }

    private sealed class CallTurn<TArgument, TResult> : Turn
    {
        private readonly ActorCell<TActor> _cell;
        private readonly TArgument _argument;
        private readonly Func<TActor, TArgument, CancellationToken, ValueTask<TResult>> _call;
        private readonly TaskCompletionSource<TResult> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly CancellationTokenRegistration _registration;
        private int _claimed;

        public CallTurn(
            ActorCell<TActor> cell, TArgument argument, Func<TActor, TArgument, CancellationToken, ValueTask<TResult>> call,
            CancellationToken cancellationToken)
        {
            (_cell, _argument, _call) = (cell, argument, call);
            _registration = cancellationToken.UnsafeRegister(
                static (state, token) =>
                {
                    var turn = (CallTurn<TArgument, TResult>)state!;
                    if (Interlocked.Exchange(ref turn._claimed, 1) == 0) turn._done.TrySetCanceled(token);
                },
                this);
        }

        public ValueTask<TResult> Result => new(_done.Task);

        public override bool TryStart() => Interlocked.Exchange(ref _claimed, 1) == 0;

        public override void Execute() => _ = Run();

        private async Task Run()
        {
            await _registration.DisposeAsync();
            try
            {
                _done.TrySetResult(await _cell.Invoke(_argument, _call));
            }
            catch (Exception e)
            {
                _done.TrySetException(e);
            }
            finally
            {
                _cell.PassOn();
            }
        }
    }
}
