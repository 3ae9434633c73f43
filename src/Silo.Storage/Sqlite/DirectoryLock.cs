using System.Globalization;

namespace Silo.Storage.Sqlite;

/// <summary>
/// The hold of one process on a data directory. The operating system releases it with the process, however that ends, so the
/// file that stays behind means nothing.
/// </summary>
internal sealed class DirectoryLock : IDisposable
{
    private readonly FileStream _file;

    private DirectoryLock(FileStream file) => _file = file;

    /// <summary>Null when the directory is taken.</summary>
    public static DirectoryLock? TryTake(string directory)
    {
        var path = PathIn(directory);
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or PathTooLongException) && File.Exists(path) && IsHeld(path))
        {
            return null;
        }

        // Beside the lock and not in it: whoever is refused cannot open that.
        File.WriteAllText(ProcessIdPathIn(directory), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        return new DirectoryLock(file);
    }

    /// <summary>"process N", as far as is known.</summary>
    public static string DescribeHolder(string directory)
    {
        try
        {
            return int.TryParse(File.ReadAllText(ProcessIdPathIn(directory)), out var id) ? $"process {id}" : "another process";
        }
        catch (IOException)
        {
            return "another process";
        }
    }

    public void Dispose() => _file.Dispose();

    // A read-only disk refuses the lock as well, but there the file can be shared.
    private static bool IsHeld(string path)
    {
        try
        {
            using var probe = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static string PathIn(string directory) => Path.Combine(directory, "silo.lock");

    private static string ProcessIdPathIn(string directory) => Path.Combine(directory, "silo.pid");
}
