namespace Silo.Storage.Postgres;

/// <summary>Questions by name that are asked at the same time go to the database together.</summary>
internal sealed class Gatherer<T>(int most, Func<IReadOnlyList<string>, Task<Dictionary<string, T>>> ask)
{
    private readonly Lock _lock = new();
    private Dictionary<string, TaskCompletionSource<T>> _waiting = new(StringComparer.Ordinal);
    private bool _running;

    /// <summary>Fails with what the whole set failed with.</summary>
    public Task<T> Ask(string name, CancellationToken cancellationToken)
    {
        Task<T> answer;
        lock (_lock)
        {
            if (!_waiting.TryGetValue(name, out var waiting))
                _waiting.Add(name, waiting = new(TaskCreationOptions.RunContinuationsAsynchronously));
            answer = waiting.Task;
            if (!_running) _ = Task.Run(Run, CancellationToken.None);
            _running = true;
        }

        return answer.WaitAsync(cancellationToken);
    }

    private async Task Run()
    {
        while (true)
        {
            Dictionary<string, TaskCompletionSource<T>> set;
            lock (_lock)
            {
                if (_waiting.Count == 0)
                {
                    _running = false;
                    return;
                }

                set = _waiting.Count <= most ? _waiting : _waiting.Take(most).ToDictionary(StringComparer.Ordinal);
                if (set == _waiting) _waiting = new(StringComparer.Ordinal);
                else foreach (var name in set.Keys) _waiting.Remove(name);
            }

            try
            {
                var answers = await ask([.. set.Keys]);
                foreach (var (name, waiting) in set) waiting.SetResult(answers[name]);
            }
            catch (Exception e)
            {
                foreach (var waiting in set.Values) waiting.TrySetException(e);
            }
        }
    }
}
