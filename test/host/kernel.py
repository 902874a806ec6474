"""
A kernel for tests: lines {"code": ...} come in, lines {"outputs": [[mime, text], ...]} go out, one for each. With the argument
ipykernel it is that one, asked as Jupyter does; else this very process, which imports nothing but the standard library.
"""

import contextlib
import io
import json
import sys

ERROR = "application/vnd.code.notebook.error"
STDOUT = "application/vnd.code.notebook.stdout"


def here():
    space = {"__name__": "__main__"}

    def run(code):
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                exec(compile(code, "<cell>", "exec"), space)
        except BaseException as error:
            return [[ERROR, json.dumps({"name": type(error).__name__, "message": str(error), "stack": ""})]]
        return [[STDOUT, printed.getvalue()]] if printed.getvalue() else []

    return run, lambda: None


def jupyter():
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="python3")

    def run(code):
        asked, outputs = client.execute(code, store_history=False), []
        while True:
            message = client.get_iopub_msg(timeout=120)
            if message["parent_header"].get("msg_id") != asked:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                outputs.append([STDOUT, content["text"]])
            elif kind in ("display_data", "execute_result"):
                outputs.append(["text/plain", content["data"]["text/plain"]])
            elif kind == "error":
                outputs.append([ERROR, json.dumps({"name": content["ename"], "message": content["evalue"]})])
            elif kind == "status" and content["execution_state"] == "idle":
                return outputs

    return run, lambda: (client.stop_channels(), manager.shutdown_kernel(now=True))


run, end = jupyter() if sys.argv[1:] == ["ipykernel"] else here()
answers = sys.stdout
try:
    for line in sys.stdin:
        answers.write(json.dumps({"outputs": run(json.loads(line)["code"])}) + "\n")
        answers.flush()
finally:
    end()
