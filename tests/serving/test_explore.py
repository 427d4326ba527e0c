from tests.serving.conftest import *
def test_x(server, browser):
    import time
    print(server.folder, server.port, server.children())
    for t in ["tôi quên mật khẩu vneid rồi làm sao","cho tôi gặp người thật","mật khẩu","1"]:
        b=time.time(); r=browser.say(t); print(time.time()-b, r)
    print(server.said())
    assert_ledger(server)
    time.sleep(1)
