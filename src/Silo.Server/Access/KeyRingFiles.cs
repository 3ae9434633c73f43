using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace Silo.Server.Access;

/// <summary>A key ring of files that only their owner can read, in a directory that only he can enter.</summary>
internal sealed class KeyRingFiles(string directory) : IXmlRepository
{
    private const UnixFileMode OwnFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public IReadOnlyCollection<XElement> GetAllElements() => Directory.Exists(directory)
        ? [.. Directory.GetFiles(directory, "*.xml").Order(StringComparer.Ordinal).Select(f => XElement.Load(f))]
        : [];

    public void StoreElement(XElement element, string friendlyName)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(directory);
        else Directory.CreateDirectory(directory, OwnFile | UnixFileMode.UserExecute);
        var path = Path.Combine(directory, $"{friendlyName}.xml");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnFile;
        // Written aside and moved, so that a crash leaves no half a key.
        using (var file = new FileStream(path + ".new", options))
        {
            element.Save(file);
            file.Flush(flushToDisk: true);
        }

        File.Move(path + ".new", path, overwrite: false);
    }
}
